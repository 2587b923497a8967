"""Finds values that would crash Senza, in a definition and in the rendered template."""

import datetime
import math
from typing import Any, Iterator

from .definition_error import definition_error

SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Metadata")


def check_definition(definition: Any) -> None:
    """Raises Senza's InvalidDefinition for the first place of a definition that Senza cannot process."""
    info = _mapping(definition.get("SenzaInfo"), "SenzaInfo")
    if "StackName" not in info:
        raise definition_error("SenzaInfo has no StackName")
    for place, _name, value in _named(info.get("Parameters", []), "SenzaInfo.Parameters"):
        _mapping(value, place)
    _check_sections(definition)
    _check_tags(info.get("Tags"))


def check_rendered(definition: Any) -> None:
    """
    The same for a definition in which templates have been rendered: its keys can be templates, too. Senza has written SenzaInfo to
    Mappings.Senza.Info before.
    """
    _check_sections(_mapping(definition, "the definition"))
    senza = _mapping(definition.get("Mappings"), "Mappings").get("Senza")
    info = senza.get("Info") if isinstance(senza, dict) else None
    if not isinstance(info, dict) or "StackName" not in info:
        raise definition_error("a template becomes a part of Mappings.Senza, where Senza keeps SenzaInfo: name it otherwise")


def _check_sections(definition: dict[str, Any]) -> None:
    for place, _name, value in _named(definition.get("SenzaComponents", []), "SenzaComponents"):
        if not isinstance(_mapping(value, place).get("Type"), str):
            raise definition_error(f'{place} has no "Type"')
    for section in SECTIONS:
        if section in definition:
            _mapping(definition[section], section)
    for name, resource in definition.get("Resources", {}).items():
        if not isinstance(_mapping(resource, f"Resources.{name}").get("Type"), str):
            raise definition_error(f'Resources.{name} has no "Type"')


def check_template(template: dict[str, Any]) -> None:
    """Finds what JSON cannot hold. Senza writes the definition's SenzaInfo to Mappings.Senza.Info."""
    check_rendered(template)
    for place, value in _values(template, ""):
        place = place.removeprefix(".").replace("Mappings.Senza.Info", "SenzaInfo", 1)
        if isinstance(value, (datetime.date, datetime.datetime)):
            raise definition_error(f'{place} is a date to YAML: put it in quotes, "{value}"')
        if isinstance(value, float) and not math.isfinite(value):
            raise definition_error(f"{place} is {value}, a number that JSON does not have: put it in quotes")
        if not isinstance(value, (str, int, float, bool, type(None))):
            raise definition_error(f"{place} is neither a string nor a number ({type(value).__name__})")
    _check_tags(template["Mappings"]["Senza"]["Info"].get("Tags"))


def _check_tags(tags: Any) -> None:
    # A list of mappings, or one mapping; Senza ignores everything else.
    for mapping in [tags] if isinstance(tags, dict) else tags if isinstance(tags, list) else []:
        for name, value in _mapping(mapping, "each entry of SenzaInfo.Tags").items():
            if not isinstance(value, str):
                kind = kind_of(value)
                raise definition_error(f'the value of the tag "{name}" is {kind} to YAML: put it in quotes, "{value}"')


def _named(items: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    """The entries of a list of mappings with one key each, such as SenzaComponents."""
    if not isinstance(items, list):
        raise definition_error(f'{place} must be a list (with "- " before each entry), not {kind_of(items)}')
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict) or not item:
            raise definition_error(f"entry {number} of {place} must have the form NAME: ..., not {kind_of(item)}")
        name, value = next(iter(item.items()))
        yield f"{place}.{name}", name, value


def _mapping(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise definition_error(f"{place} is empty" if value is None else f"{place} must be a mapping, not {kind_of(value)}")
    return value


def _values(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _values(each, f"{place}.{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _values(each, f"{place}[{number}]")
    else:
        yield place, value


def kind_of(value: Any) -> str:
    """What YAML takes a value for: `a string`, `a list`; `nothing` for None."""
    if value is None:
        return "nothing"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a mapping"}
    return names.get(type(value), "a date" if isinstance(value, datetime.date) else f"a {type(value).__name__}")
