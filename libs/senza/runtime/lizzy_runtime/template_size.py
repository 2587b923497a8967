"""Limits of CloudFormation that can be checked before it is called."""

import unicodedata

from .definition_error import definition_error

# "CloudFormation quotas" in its user guide.
TEMPLATE_BODY_BYTES = 51_200
# The quota is "1 MB"; the error of CloudFormation says "Template may not exceed 1000000 bytes in size".
TEMPLATE_OBJECT_BYTES = 1_000_000
SECTIONS = {"Parameters": 200, "Resources": 500, "Outputs": 200, "Mappings": 200}
TAGS = 50
TAG_SIGNS = "_.:/=+-@"


def check_template_size(stack: str, body: str, has_bucket: bool) -> None:
    """`has_bucket`: whether a template that is too large for a request can be sent by S3."""
    size = len(body.encode())
    sentence = f"the template of the stack {stack} has {size:,} bytes, and CloudFormation accepts"
    if size > TEMPLATE_OBJECT_BYTES:
        raise definition_error(f"{sentence} {TEMPLATE_OBJECT_BYTES:,}")
    if size > TEMPLATE_BODY_BYTES and not has_bucket:
        raise definition_error(
            f"{sentence} {TEMPLATE_BODY_BYTES:,} in a request; larger ones are sent by S3 when the operator of Lizzy sets "
            f"TEMPLATE_BUCKET"
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


def check_tags(tags: list[tuple[str, str]]) -> None:
    """The characters of "Tag" in CloudFormation's API reference: \\p{L}, \\p{Z}, \\p{N} and some signs; each key once."""
    for number, (key, value) in enumerate(tags):
        for what, text in (("key", key), ("value", value)):
            refused = next((each for each in text if unicodedata.category(each)[0] not in "LZN" and each not in TAG_SIGNS), None)
            if refused is not None:
                raise definition_error(
                    f'CloudFormation refuses the "{refused}" in the {what} of the tag "{key}": use letters, digits, spaces and '
                    f"{' '.join(TAG_SIGNS)}"
                )
        if not value:
            raise definition_error(f'the tag "{key}" has no value, and CloudFormation needs one')
        if any(key == other for other, _value in tags[:number]):
            raise definition_error(f'the tag "{key}" is there twice, in SenzaInfo.Tags or in the tags of the request')
