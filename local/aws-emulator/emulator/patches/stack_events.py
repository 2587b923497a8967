"""Events of single resources, which moto does not write, and the states that a stack enters."""

import time
from collections.abc import Iterable
from typing import Optional

from moto.cloudformation import models

from .. import call_record


def of_resource(
    stack: models.Stack, logical_id: str, status: str, reason: Optional[str] = None, physical_id: str = ""
) -> None:
    """`physical_id` is used for a resource that does not exist: one that was not created."""
    resource = stack.resource_map._parsed_resources.get(logical_id)
    stack.resource_statuses[logical_id] = status
    stack.events.append(
        models.Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=logical_id,
            physical_resource_id=str(getattr(resource, "physical_resource_id", "") or physical_id),
            resource_type=stack.template_dict.get("Resources", {}).get(logical_id, {}).get("Type", ""),
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
    )


def of_resources(stack: models.Stack, logical_ids: Iterable[str], status: str, reason: Optional[str] = None) -> None:
    for logical_id in logical_ids:
        of_resource(stack, logical_id, status, reason)


def enter(
    stack: models.Stack, status: str, reason: Optional[str] = None, visible_at: Optional[float] = None
) -> None:
    """Put the stack into a state, with its event and a row in the call record.

    `visible_at` (seconds since 1970; now by default) is when the state was entered for what lags behind.
    """
    stack.status = status
    stack.status_reason = reason
    stack.states.append((time.time() if visible_at is None else visible_at, status))
    stack._add_stack_event(status, reason)
    call_record.add_effect(f"Stack:{status}", stack.name, stack.region_name, status)
