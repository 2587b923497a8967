"""Renders Mustache templates with plain data."""

from typing import Any

from pystache.context import ContextStack, KeyNotFoundError
from pystache.parsed import ParsedTemplate
from pystache.parser import ParsingError, _ChangeNode, _PartialNode, parse
from pystache.renderengine import RenderEngine
from pystache.renderer import Renderer

from .definition_error import definition_error

# Senza's own objects, and what of them may be used.
ACCOUNT_INFO = ("Region", "AccountID", "AccountAlias", "Domain", "TeamID", "VpcID", "MintBucket")
MAX_SECTION_DEPTH = 2
# A definition has 256 KiB at most, and CloudFormation accepts 50.
MAX_RENDERED_CHARACTERS = 2 * 1024 * 1024

_MISSING = object()


def render(template: Any, data: dict[str, Any]) -> str:
    """Renders like pystache with strict mode. Raises Senza's InvalidDefinition for what is not allowed or not defined."""
    if not isinstance(template, str):
        raise definition_error(f"{template!r} must be a string: put it in quotes")
    try:
        parsed = parse(template)
        _check(parsed, depth=0)
        rendered = parsed.render(_Engine(), ContextStack(data))
    except KeyNotFoundError as error:
        raise definition_error(f'the template uses "{error.key}", which is not defined') from None
    except ParsingError as error:
        raise definition_error(f"its template cannot be read: {error}") from None
    if len(rendered) > MAX_RENDERED_CHARACTERS:
        raise definition_error(f"it becomes larger than {MAX_RENDERED_CHARACTERS:,} characters when it is rendered")
    return rendered


def _check(template: ParsedTemplate, depth: int) -> None:
    for node in template._parse_tree:
        if isinstance(node, _PartialNode):
            raise definition_error(f'its template includes the file "{node.key}", which is not allowed')
        if isinstance(node, _ChangeNode):
            raise definition_error("its template changes the delimiters, which is not allowed")
        section = getattr(node, "parsed", None) or getattr(node, "parsed_section", None)
        if section is not None:
            if depth == MAX_SECTION_DEPTH:
                raise definition_error(f'the section "{node.key}" of its template is nested too deep')
            _check(section, depth + 1)


class _Engine(RenderEngine):
    """Interprets the nodes of a parsed template."""

    def __init__(self) -> None:
        plain = Renderer(missing_tags="strict")
        super().__init__(
            literal=plain._to_unicode_hard,
            escape=plain._escape_to_unicode,
            resolve_context=_resolve,
            to_str=plain.str_coerce,
        )

    def fetch_section_data(self, context: ContextStack, name: str) -> list[Any]:
        value = _resolve(context, name)
        if isinstance(value, (list, tuple, set)):
            raise definition_error(f'the section "{name}" of its template is a loop; it can only be a condition')
        return [value] if value else []


def _resolve(context: ContextStack, name: str) -> Any:
    """The value of a dotted name; the first part is looked up in all sections around, as in pystache."""
    if name == ".":
        return _plain(context.top(), name)
    first, *others = name.split(".")
    for item in reversed(context._stack):
        value = _member(item, first)
        if value is not _MISSING:
            break
    else:
        raise KeyNotFoundError(name, "first part")
    for part in others:
        value = _member(value, part)
        if value is _MISSING:
            raise KeyNotFoundError(name, f"missing {part!r}")
    return _plain(value, name)


def _plain(value: Any, name: str) -> Any:
    if callable(value):
        raise KeyNotFoundError(name, "not data")
    return value


def _member(item: Any, name: str) -> Any:
    from senza.cli import TemplateArguments
    from senza.definitions import AccountArguments

    if isinstance(item, dict):
        return item.get(name, _MISSING)
    if isinstance(item, TemplateArguments):
        return vars(item).get(name, _MISSING)
    if isinstance(item, AccountArguments) and name in ACCOUNT_INFO:
        return getattr(item, name)
    return _MISSING
