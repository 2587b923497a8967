"""A template with a null, or with a section that is no object, is refused; moto ignores both.

"[/Resources/Queue/Type/QueueName] 'null' values are not allowed in templates". Amazon States Language below `Definition` is not read.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1378
"""

from collections.abc import Iterator
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from .stack_requests import StackRequest, add_check

UNREAD = "Definition"
SECTIONS = ("Metadata", "Parameters", "Mappings", "Conditions", "Resources", "Outputs")


def check(request: StackRequest) -> None:
    if "Transform" not in request.template:
        # A macro may drop nulls.
        check_nulls(request.template)
    for section in SECTIONS:
        check_object(request.template.get(section, {}), section)
    for name, mapping in request.template.get("Mappings", {}).items():
        check_object(mapping, f"Every Mappings member {name}")


def check_nulls(template: dict[str, Any]) -> None:
    for section, content in template.items():
        # Lists in mappings are not read: Senza writes SenzaInfo.Parameters to one.
        for place in null_places(content, f"/{section}", reads_lists=section != "Mappings"):
            shown = place.replace("/Properties/", "/Type/", 1)
            raise ValidationError(message=f"[{shown}] 'null' values are not allowed in templates")


def check_object(value: Any, what: str) -> None:
    if not isinstance(value, dict):
        raise ValidationError(message=f"Template format error: {what} must be an object.")


def null_places(value: Any, place: str, reads_lists: bool) -> Iterator[str]:
    if value is None:
        yield place
    elif isinstance(value, list) and reads_lists:
        for number, each in enumerate(value):
            yield from null_places(each, f"{place}/{number}", reads_lists)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key != UNREAD:
                yield from null_places(each, f"{place}/{key}", reads_lists)


def apply() -> None:
    add_check(check)
