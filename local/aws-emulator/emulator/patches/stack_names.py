"""Stack names: letters, digits and hyphens, a letter first, at most 128 characters.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

import re

from moto.cloudformation.exceptions import ValidationError

from .stack_requests import StackRequest, add_check

PATTERN = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
LONGEST = 128


def check(request: StackRequest) -> None:
    if not request.is_creation:
        return
    constraint = None
    if not PATTERN.fullmatch(request.name or ""):
        constraint = "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    elif len(request.name) > LONGEST:
        constraint = f"Member must have length less than or equal to {LONGEST}"
    if constraint:
        raise ValidationError(
            message=f"1 validation error detected: Value '{request.name}' at 'stackName' failed to satisfy "
            f"constraint: {constraint}"
        )


def apply() -> None:
    add_check(check)
