"""The weighted records in the template of a stack."""

from typing import Any, Iterator

RECORD_SET = "AWS::Route53::RecordSet"


def has_weighted_domain(template: dict[str, Any]) -> bool:
    """Whether `senza traffic` can switch a stack with this template."""
    return any(True for _ in _switched_records(template))


def other_identifier(template: dict[str, Any], stack_name: str) -> tuple[str, str] | None:
    """The first such record with another set identifier than the name of its stack, by which a switch finds it; its logical id first."""
    for logical_id, properties in _switched_records(template):
        identifier = properties["SetIdentifier"]
        if isinstance(identifier, str) and identifier != stack_name:
            return logical_id, identifier
    return None


def _switched_records(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records that `senza traffic` switches, with their logical ids, by which it ignores those of one version."""
    for logical_id, resource in template.get("Resources", {}).items():
        if is_weighted(resource) and "version" not in logical_id.lower():
            yield logical_id, resource["Properties"]


def is_weighted(resource: dict[str, Any]) -> bool:
    """Whether it is a record with a weight, not one with another routing policy."""
    properties = resource.get("Properties", {})
    return resource.get("Type") == RECORD_SET and {"SetIdentifier", "Weight"} <= properties.keys()
