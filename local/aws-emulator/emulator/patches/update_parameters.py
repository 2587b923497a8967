"""Parameters of UpdateStack: UsePreviousValue keeps the value, NoEcho ones too; what is left out gets its default.

moto fails on UsePreviousValue for a parameter that had its default, and keeps old values of parameters left out.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Parameter.html
"""

from typing import Any

from moto.cloudformation import models
from moto.cloudformation.exceptions import ValidationError

Template = dict[str, Any]


def effective(template: Template, values: dict[str, str]) -> dict[str, str]:
    """The values of all declared parameters: the given ones, else the defaults."""
    declared = template.get("Parameters") or {}
    defaults = {name: str(each["Default"]) for name, each in declared.items() if "Default" in each}
    return {**defaults, **{name: value for name, value in values.items() if name in declared}}


def resolve(
    stack: models.Stack, old: Template, new: Template, given: list[dict[str, Any]]
) -> dict[str, str]:
    """Raises ValidationError for a previous value that does not exist."""
    previous = effective(old, stack.parameters)
    values = {}
    for parameter in given:
        key = parameter["ParameterKey"]
        if not parameter.get("UsePreviousValue"):
            values[key] = parameter.get("ParameterValue", "")
        elif key in previous:
            values[key] = previous[key]
        else:
            raise ValidationError(
                message=f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true for a "
                "parameter key not in the previous template"
            )
    return effective(new, values)
