"""Events of single resources, which moto does not write, and the end of a change of a stack."""

from collections.abc import Iterable
from typing import Optional

from moto.cloudformation import models

from .. import call_record


def of_resource(stack: models.Stack, logical_id: str, status: str, reason: Optional[str] = None) -> None:
    resource = stack.resource_map._parsed_resources.get(logical_id)
    stack.events.append(
        models.Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=logical_id,
            physical_resource_id=str(getattr(resource, "physical_resource_id", "") or ""),
            resource_type=stack.template_dict.get("Resources", {}).get(logical_id, {}).get("Type", ""),
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
    )


def of_resources(stack: models.Stack, logical_ids: Iterable[str], status: str, reason: Optional[str] = None) -> None:
    for logical_id in logical_ids:
        of_resource(stack, logical_id, status, reason)


def enter(stack: models.Stack, status: str, reason: Optional[str] = None) -> None:
    """The stack's new state, its event, and a row in the record of calls."""
    stack.status = status
    stack.status_reason = reason
    stack._add_stack_event(status, reason)
    call_record.add_effect(f"Stack:{status}", stack.name, stack.region_name, status)
