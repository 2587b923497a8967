"""Tags of stacks: at most 50, keys of 1 to 128 and values of 1 to 256 characters, each key once.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Tag.html
https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices
"""

import re

from moto.cloudformation.exceptions import ValidationError

from .stack_requests import StackRequest, add_check

LARGEST_NUMBER = 50
LONGEST_KEY = 128
LONGEST_VALUE = 256
# Letters, digits and spaces of UTF-8, and these characters.
CHARACTERS = re.compile(r"[\w\s.:/=+\-@]*")


def check(request: StackRequest) -> None:
    if len(request.tags) > LARGEST_NUMBER:
        raise ValidationError(
            message=f"1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have "
            f"length less than or equal to {LARGEST_NUMBER}"
        )
    keys = [tag.get("Key", "") for tag in request.tags]
    for key in keys:
        if keys.count(key) > 1:
            raise ValidationError(message=f"Duplicate tag keys found. Please note that Tag keys are case insensitive: {key}")
        if key.lower().startswith("aws:"):
            raise ValidationError(message="User-defined tag keys can't start with 'aws:'.")
    for number, tag in enumerate(request.tags, start=1):
        check_text(f"tags.{number}.member.key", tag.get("Key", ""), LONGEST_KEY)
        check_text(f"tags.{number}.member.value", tag.get("Value", ""), LONGEST_VALUE)


def check_text(place: str, text: str, longest: int) -> None:
    if not text:
        constraint = "Member must have length greater than or equal to 1"
    elif len(text) > longest:
        constraint = f"Member must have length less than or equal to {longest}"
    elif not CHARACTERS.fullmatch(text):
        constraint = r"Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"
    else:
        return
    raise ValidationError(
        message=f"1 validation error detected: Value '{text}' at '{place}' failed to satisfy constraint: {constraint}"
    )


def apply() -> None:
    add_check(check)
