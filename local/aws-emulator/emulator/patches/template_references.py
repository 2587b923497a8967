"""A template that refers to something that it does not define is refused; moto fails when it creates the resource, or never.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
https://repost.aws/knowledge-center/cloudformation-template-validation
"""

import re
from collections.abc import Iterator
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from .stack_requests import StackRequest, add_check

SECTIONS = ("Resources", "Outputs")
SUB_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def check(request: StackRequest) -> None:
    template = request.template
    if "Transform" in template:
        return
    resources = template.get("Resources") or {}
    known = {*resources, *(template.get("Parameters") or {})}
    conditions = template.get("Conditions") or {}
    for section in SECTIONS:
        entries = template.get(section) or {}
        missing = sorted({name for name in references(entries) if name not in known and not name.startswith("AWS::")})
        for entry in entries.values():
            depends_on = entry.get("DependsOn", [])
            listed = depends_on if isinstance(depends_on, list) else [depends_on]
            missing.extend(str(name) for name in listed if name not in resources)
            condition = entry.get("Condition")
            if not isinstance(condition, (str, type(None))):
                raise ValidationError(message="Template format error: Every Condition member must be a string.")
            if condition is not None and condition not in conditions:
                raise ValidationError(
                    message=f"Template format error: Unresolved condition dependency {condition} in the {section} block "
                    "of the template"
                )
        if missing:
            raise ValidationError(
                message=f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] in the "
                f"{section} block of the template"
            )


def references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        match list(value.items()):
            case [("Ref", str(name))] | [("Fn::GetAtt", [str(name), *_])]:
                yield name
            case [("Fn::Sub", str(text))]:
                yield from variables(text)
            case [("Fn::Sub", [str(text), dict(values)])]:
                yield from (name for name in variables(text) if name not in values)
                yield from references(list(values.values()))
            case _:
                yield from references(list(value.values()))


def variables(text: str) -> Iterator[str]:
    return (name.strip().split(".")[0] for name in SUB_VARIABLE.findall(text))


def apply() -> None:
    add_check(check)
