"""Deleting a stack takes its time, and can fail.

AWS: DELETE_IN_PROGRESS, then DELETE_COMPLETE or DELETE_FAILED. moto deletes at once, and drops the stack before it
has deleted its resources.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
"""

from moto.cloudformation import models
from moto.core.utils import utcnow

from . import stack_changes, stack_events


def delete_stack(self: models.CloudFormationBackend, name_or_stack_id: str) -> None:
    # Deleting a stack that does not exist is no error on AWS either.
    for stack in [s for s in self.stacks.values() if name_or_stack_id in (s.name, s.stack_id)]:
        if stack.status != "DELETE_IN_PROGRESS":
            begin(self, stack)


def begin(backend: models.CloudFormationBackend, stack: models.Stack) -> None:
    change, seconds = stack_changes.begin(stack, "DeleteStack")
    requested = stack_changes.requested_failure("DeleteStack", stack.name)
    stack_events.enter(stack, "DELETE_IN_PROGRESS", "User Initiated")
    resources = list(stack.resource_map._resource_json_map)
    stack_events.of_resources(stack, resources, "DELETE_IN_PROGRESS")

    def take_effect() -> None:
        try:
            if requested is not None:
                raise RuntimeError(requested.reason)
            with stack_changes.immediately():
                stack.resource_map.delete()
        except Exception as problem:  # noqa: BLE001 - the event has it
            failed = [requested.resource] if requested and requested.resource else resources[:1]
            stack_events.of_resources(stack, failed, "DELETE_FAILED", stack_changes.reason_of(problem))
            summary = f"The following resource(s) failed to delete: [{', '.join(failed)}]."
            stack_events.enter(stack, "DELETE_FAILED", summary)
            return
        for export in stack.exports:
            backend.exports.pop(export.name, None)
        stack_events.of_resources(stack, resources, "DELETE_COMPLETE")
        stack.deletion_time = utcnow()
        stack_events.enter(stack, "DELETE_COMPLETE")
        backend.stacks.pop(stack.stack_id, None)
        backend.deleted_stacks[stack.stack_id] = stack

    stack_changes.run_later(stack, change, seconds, take_effect)


def apply() -> None:
    models.CloudFormationBackend.delete_stack = delete_stack
