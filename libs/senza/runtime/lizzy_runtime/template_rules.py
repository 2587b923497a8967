"""
What CloudFormation refuses in a template before it creates anything, found before the request is sent.

"Template anatomy" and the pages on `Ref`, `Fn::GetAtt`, `Fn::Sub`, `DependsOn` and conditions in CloudFormation's user guide:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

import re
from collections.abc import Iterator
from typing import Any

from .definition_error import definition_error

DESCRIPTION_BYTES = 1_024
LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")
# `${Name}` and `${Name.Attribute}` of Fn::Sub; `${!Name}` stays as it is.
VARIABLE = re.compile(r"\$\{([^{}.]*)(?:\.[^{}]*)?\}")


def check_template_rules(template: dict[str, Any]) -> None:
    resources = template.get("Resources") or {}
    if not resources:
        raise definition_error("the template has no resources, and CloudFormation needs at least one")
    _check_description(template.get("Description"))
    for section in ("Resources", "Outputs", "Parameters"):
        for name in template.get(section) or {}:
            if not LOGICAL_ID.fullmatch(str(name)):
                raise definition_error(f"the name {section}.{name} may have letters and digits only")
    for name, resource in resources.items():
        if not isinstance(resource.get("Properties", {}), dict):
            raise definition_error(f"Resources.{name}.Properties must be a mapping of names and values")
    for name, output in (template.get("Outputs") or {}).items():
        if not isinstance(output, dict) or "Value" not in output:
            raise definition_error(f'Outputs.{name} must be a mapping with a "Value"')
    # A macro can add resources, and drop nulls.
    if "Transform" not in template:
        _check_nulls(template)
        _check_references(template, {*resources, *(template.get("Parameters") or {})})


def _check_nulls(template: dict[str, Any]) -> None:
    for section, content in template.items():
        # What is in the lists of a mapping is not read: Senza writes SenzaInfo.Parameters to one.
        for place in _null_places(content, section, reads_lists=section != "Mappings"):
            shown = place.replace("Mappings.Senza.Info", "SenzaInfo", 1)
            raise definition_error(
                f"{shown} has no value, and CloudFormation refuses null values in templates: write a value, or remove it"
            )


def _null_places(value: Any, place: str, reads_lists: bool) -> Iterator[str]:
    """Where a template has no value. Not below `Definition`: a state machine's own language has nulls."""
    if value is None:
        yield place
    elif isinstance(value, list) and reads_lists:
        for number, each in enumerate(value):
            yield from _null_places(each, f"{place}[{number}]", reads_lists)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key != "Definition":
                yield from _null_places(each, f"{place}.{key}", reads_lists)


def _check_description(description: Any) -> None:
    if description is None:
        return
    if not isinstance(description, str):
        raise definition_error("Description must be a string: put it in quotes")
    size = len(description.encode())
    if size > DESCRIPTION_BYTES:
        raise definition_error(f"Description has {size:,} bytes, and CloudFormation accepts {DESCRIPTION_BYTES:,}")


def _check_references(template: dict[str, Any], known: set[str]) -> None:
    conditions = template.get("Conditions") or {}
    for section in ("Resources", "Outputs"):
        for name, entry in (template.get(section) or {}).items():
            place = f"{section}.{name}"
            if not isinstance(entry, dict):
                continue
            condition = entry.get("Condition")
            if isinstance(condition, str) and condition not in conditions:
                raise definition_error(f'{place} has the condition "{condition}", which Conditions does not define')
            depends_on = entry.get("DependsOn", [])
            for each in depends_on if isinstance(depends_on, list) else [depends_on]:
                if not isinstance(each, str):
                    raise definition_error(f"{place}.DependsOn must be the name of a resource, or a list of names")
                if each not in (template.get("Resources") or {}):
                    raise definition_error(f'{place} depends on "{each}", which is not a resource of the template')
            for where, target in references(entry, place):
                if target not in known and not target.startswith("AWS::"):
                    raise definition_error(
                        f'{where} refers to "{target}", which is neither a resource nor a parameter of the template'
                    )


def references(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """The logical names that a part of a template refers to, each with its place."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from references(each, f"{place}[{number}]")
    elif isinstance(value, dict):
        function, argument = next(iter(value.items())) if len(value) == 1 else (None, None)
        if function == "Ref" and isinstance(argument, str):
            yield place, argument
        elif function == "Fn::GetAtt" and isinstance(argument, list) and argument and isinstance(argument[0], str):
            yield place, argument[0]
        elif function == "Fn::Sub":
            yield from _substitutions(argument, place)
        elif function != "Fn::Transform":
            for key, each in value.items():
                yield from references(each, f"{place}.{key}")


def _substitutions(argument: Any, place: str) -> Iterator[tuple[str, str]]:
    text, values = (argument[0], argument[1]) if isinstance(argument, list) and len(argument) == 2 else (argument, {})
    values = values if isinstance(values, dict) else {}
    for name, each in values.items():
        yield from references(each, f"{place}.{name}")
    names = map(str.strip, VARIABLE.findall(text)) if isinstance(text, str) else []
    for name in names:
        if name and not name.startswith("!") and name not in values:
            yield place, name
