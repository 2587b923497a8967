"""Values of parameters: their length, that they exist, and the constraints that the template declares.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

import re
from typing import Any, Optional

from moto.cloudformation.exceptions import ValidationError

from .stack_requests import StackRequest, add_check

VALUE_BYTES = 4_096


def check(request: StackRequest) -> None:
    declared = request.template.get("Parameters") or {}
    given = {each["ParameterKey"]: each for each in request.parameters}
    unknown = [name for name in given if name not in declared]
    if unknown:
        raise ValidationError(message=f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [name for name, each in declared.items() if name not in given and "Default" not in each]
    if missing:
        raise ValidationError(message=f"Parameters: [{', '.join(missing)}] must have values")
    for name, each in given.items():
        if not each.get("UsePreviousValue"):
            check_value(name, str(each.get("ParameterValue", "")), declared[name])


def check_value(name: str, value: str, declared: dict[str, Any]) -> None:
    if len(value.encode()) > VALUE_BYTES:
        raise ValidationError(
            message=f"Template error: Parameter '{name}' must contain at most {VALUE_BYTES} characters"
        )
    if problem := violated(value, declared):
        constraint = declared.get("ConstraintDescription")
        message = f"failed to satisfy constraint: {constraint}" if constraint else problem
        raise ValidationError(message=f"Parameter '{name}' {message}")


def violated(value: str, declared: dict[str, Any]) -> Optional[str]:
    if "AllowedValues" in declared and value not in [str(each) for each in declared["AllowedValues"]]:
        return "must be one of AllowedValues"
    if "AllowedPattern" in declared and not re.fullmatch(declared["AllowedPattern"], value):
        return f"must match pattern {declared['AllowedPattern']}"
    if len(value) < int(declared.get("MinLength", 0)):
        return f"must contain at least {declared['MinLength']} characters"
    if "MaxLength" in declared and len(value) > int(declared["MaxLength"]):
        return f"must contain at most {declared['MaxLength']} characters"
    if declared.get("Type") == "Number":
        return violated_number(value, declared)
    return None


def violated_number(value: str, declared: dict[str, Any]) -> Optional[str]:
    try:
        number = float(value)
    except ValueError:
        return "must be a number"
    if number < float(declared.get("MinValue", "-inf")):
        return f"must be a number not less than {declared['MinValue']}"
    if number > float(declared.get("MaxValue", "inf")):
        return f"must be a number not greater than {declared['MaxValue']}"
    return None


def apply() -> None:
    add_check(check)
