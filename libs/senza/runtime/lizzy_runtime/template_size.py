"""Limits of CloudFormation that can be checked before it is called."""

from .definition_error import definition_error

# "CloudFormation quotas" in its user guide.
TEMPLATE_BODY_BYTES = 51_200
SECTIONS = {"Parameters": 200, "Resources": 500, "Outputs": 200, "Mappings": 200}
TAGS = 50


def check_template_size(stack: str, body: str) -> None:
    size = len(body.encode())
    if size > TEMPLATE_BODY_BYTES:
        raise definition_error(
            f"the template of the stack {stack} has {size:,} bytes, and CloudFormation accepts {TEMPLATE_BODY_BYTES:,}"
        )


def check_template_counts(template: dict) -> None:
    for section, limit in SECTIONS.items():
        count = len(template.get(section) or {})
        if count > limit:
            raise definition_error(
                f"the template has {count} entries in {section}, and CloudFormation accepts {limit}"
            )


def check_tag_count(tags: list) -> None:
    if len(tags) > TAGS:
        raise definition_error(
            f"the stack would have {len(tags)} tags with those that the agent adds, and CloudFormation accepts {TAGS}"
        )
