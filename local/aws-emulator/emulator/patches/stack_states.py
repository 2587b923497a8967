"""UpdateStack and DeleteStack of a stack whose state forbids it answer ValidationError.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html#cfn-stack-status-codes
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
"""

from typing import Any

from moto.cloudformation import models
from moto.cloudformation.exceptions import ValidationError

from . import stack_deletion, stack_update

CAN_BE_UPDATED = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)
CANNOT_BE_DELETED = (
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
    "IMPORT_ROLLBACK_IN_PROGRESS",
)


def update_stack(self: models.CloudFormationBackend, name: str, *args: Any, **kwargs: Any) -> models.Stack:
    stack = self.get_stack(name)
    if stack.status not in CAN_BE_UPDATED:
        raise ValidationError(message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
    return stack_update.update_stack(self, name, *args, **kwargs)


def delete_stack(self: models.CloudFormationBackend, name_or_stack_id: str) -> None:
    for stack in self.stacks.values():
        if name_or_stack_id not in (stack.name, stack.stack_id):
            continue
        if stack.enable_termination_protection:
            raise ValidationError(
                message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        if stack.status in CANNOT_BE_DELETED:
            raise ValidationError(message=f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
    stack_deletion.delete_stack(self, name_or_stack_id)


def apply() -> None:
    models.CloudFormationBackend.update_stack = update_stack
    models.CloudFormationBackend.delete_stack = delete_stack
