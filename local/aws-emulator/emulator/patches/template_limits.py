"""The size of a template and the numbers of its parts.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

import re

from moto.cloudformation.exceptions import ValidationError

from .stack_requests import StackRequest, add_check

BODY_BYTES = 51_200
BODY_BYTES_IN_S3 = 1_000_000
DESCRIPTION_BYTES = 1_024
LARGEST_NUMBER = {"Mappings": 200, "Outputs": 200, "Parameters": 200, "Resources": 500}
# "The logical ID must be alphanumeric (A-Za-z0-9)", template-anatomy.html.
LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")
NAMES = {"Outputs": "Output", "Parameters": "Parameter", "Resources": "Resource"}


def check(request: StackRequest) -> None:
    size = len(request.body.encode())
    if request.body_by_url and size > BODY_BYTES_IN_S3:
        raise ValidationError(message=f"Template may not exceed {BODY_BYTES_IN_S3} bytes in size.")
    if not request.body_by_url and size > BODY_BYTES:
        # AWS quotes the whole template here; 64 characters of it are enough.
        raise ValidationError(
            message=f"1 validation error detected: Value '{request.body[:64]}...' at 'templateBody' failed to satisfy "
            f"constraint: Member must have length less than or equal to {BODY_BYTES}"
        )
    if not request.template.get("Resources"):
        raise ValidationError(
            message="Template format error: At least one Resources member must be defined."
        )
    description = request.template.get("Description")
    if description is not None and not isinstance(description, str):
        raise ValidationError(message="Template format error: every Description member must be a string.")
    if len((description or "").encode()) > DESCRIPTION_BYTES:
        raise ValidationError(
            message=f"Template format error: Description property must not exceed {DESCRIPTION_BYTES} bytes."
        )
    if any(not isinstance(output, dict) or "Value" not in output for output in (request.template.get("Outputs") or {}).values()):
        raise ValidationError(message="Template format error: Every Outputs member must contain a Value object")
    for section, largest in LARGEST_NUMBER.items():
        number = len(request.template.get(section) or {})
        if number > largest:
            raise ValidationError(
                message=f"Template format error: Number of {section.lower()}, {number}, is greater than maximum "
                f"allowed, {largest}"
            )
    for section, name in NAMES.items():
        for logical_id in request.template.get(section) or {}:
            if not LOGICAL_ID.fullmatch(str(logical_id)):
                raise ValidationError(message=f"Template format error: {name} name {logical_id} is non alphanumeric.")


def apply() -> None:
    add_check(check)
