"""Updating a stack takes its time and has its effect at the end.

So a second traffic switch meanwhile computes with stale weights, as on AWS. moto is done at once.
"""

from typing import Any, Optional

from moto.cloudformation import models
from moto.cloudformation.exceptions import ValidationError
from moto.core.utils import utcnow

from . import stack_changes, stack_events


def update_stack(
    self: models.CloudFormationBackend,
    name: str,
    template: str,
    role_arn: Optional[str],
    parameters: list[dict[str, Any]],
    tags: Optional[dict[str, str]],
) -> models.Stack:
    stack = self.get_stack(name)
    wanted = self._resolve_update_parameters(instance=stack, incoming_params=parameters)
    template_dict = stack.parse_template(template)
    same_parameters = all(stack.parameters.get(key) == value for key, value in wanted.items())
    if template_dict == stack.parse_template(stack.template) and same_parameters and tags in (None, stack.tags):
        raise ValidationError(message="No updates are to be performed.")

    change, seconds = stack_changes.begin(stack, "UpdateStack")
    stack.last_updated_time = utcnow()
    reason = stack_changes.asked_to_fail("UpdateStack", stack.name)
    stack_events.enter(stack, "UPDATE_IN_PROGRESS", "User Initiated")
    modified = stack.resource_map.build_resource_diff(template_dict, wanted)["Modify"]
    stack_events.of_resources(stack, modified, "UPDATE_IN_PROGRESS")

    def take_effect() -> None:
        try:
            if reason is not None:
                raise RuntimeError(reason)
            stack.resource_map.update(template_dict, wanted)
        except Exception as problem:  # noqa: BLE001 - on AWS each of them is a reason for a rollback
            roll_back(stack, modified, str(problem))
            return
        stack.template, stack.template_dict = template, template_dict
        stack.output_map = stack._create_output_map()
        stack.role_arn = role_arn
        stack.parameters = wanted or stack.parameters
        stack.tags = stack.tags if tags is None else tags
        stack_events.of_resources(stack, modified, "UPDATE_COMPLETE")
        stack_events.enter(stack, "UPDATE_COMPLETE")

    stack_changes.later(stack, change, seconds, take_effect)
    return stack


def roll_back(stack: models.Stack, modified: list[str], reason: str) -> None:
    stack_events.of_resources(stack, modified[:1], "UPDATE_FAILED", reason)
    summary = f"The following resource(s) failed to update: [{', '.join(modified[:1])}]."
    stack_events.enter(stack, "UPDATE_ROLLBACK_IN_PROGRESS", summary)
    stack_events.enter(stack, "UPDATE_ROLLBACK_COMPLETE")


def apply() -> None:
    models.CloudFormationBackend.update_stack = update_stack
