"""Updating a stack takes its time, has its effect at the end, and is rolled back when a resource fails.

So a second traffic switch meanwhile computes with stale weights, as on AWS. moto updates at once, and drops what the
stack was like when an update fails halfway.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-direct.html
"""

from dataclasses import dataclass
from typing import Any, Optional

from moto.cloudformation import models
from moto.cloudformation.exceptions import ValidationError
from moto.core.utils import utcnow

from . import stack_changes, stack_events, stack_policy, update_parameters

# An update of nothing else is none ("During a stack update, you can't update ... by themselves").
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
NOT_UPDATED_ALONE = ("AWSTemplateFormatVersion", "Description", "Metadata", "Conditions", "Mappings")
# The part of an update in which CloudFormation removes what was replaced.
CLEAN_UP_SHARE = 0.1


@dataclass(frozen=True)
class Update:
    stack: models.Stack
    change: object
    seconds: float
    template: str
    template_dict: dict[str, Any]
    parameters: dict[str, str]
    tags: Optional[dict[str, str]]
    role_arn: Optional[str]
    resources: list[str]


def update_stack(
    self: models.CloudFormationBackend,
    name: str,
    template: str,
    role_arn: Optional[str],
    parameters: list[dict[str, Any]],
    tags: Optional[dict[str, str]],
) -> models.Stack:
    stack = self.get_stack(name)
    template_dict, old = stack.parse_template(template), stack.parse_template(stack.template)
    before = update_parameters.effective(old, stack.parameters)
    wanted = update_parameters.resolve(stack, old, template_dict, parameters)
    if essence(old) == essence(template_dict) and before == wanted and tags in (None, stack.tags):
        raise ValidationError(message="No updates are to be performed.")

    stack.resource_map.input_parameters = before
    changes = stack.resource_map.build_resource_diff(template_dict, wanted)
    change, seconds = stack_changes.begin(stack, "UpdateStack")
    resources = [*changes["Modify"], *changes["Add"], *changes["Remove"]]
    update = Update(stack, change, seconds, template, template_dict, wanted, tags, role_arn, resources)
    failure = stack_changes.requested_failure("UpdateStack", stack.name)
    denied = stack_policy.denial(stack.policy, changes)
    stack.last_updated_time = utcnow()
    stack_events.enter(stack, "UPDATE_IN_PROGRESS", "User Initiated")
    stack_events.of_resources(stack, changes["Modify"], "UPDATE_IN_PROGRESS")

    def take_effect() -> None:
        if denied is not None:
            roll_back(update, *denied)
        elif failure is not None:
            failed = failure.resource or next(iter(resources), stack.name)
            roll_back(update, failed, failure.reason, failure.rollback_fails)
        else:
            apply_update(update)

    stack_changes.run_later(stack, change, seconds, take_effect)
    return stack


def essence(template_dict: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in template_dict.items() if key not in NOT_UPDATED_ALONE}


def apply_update(update: Update) -> None:
    stack = update.stack
    old = stack.parse_template(stack.template), dict(stack.resource_map.input_parameters)
    try:
        with stack_changes.immediately():
            stack.resource_map.update(update.template_dict, update.parameters)
    except Exception as problem:  # noqa: BLE001 - on AWS each of them is a reason for a rollback
        failed = getattr(problem, "failed_resource", next(iter(update.resources), stack.name))
        roll_back(update, failed, stack_changes.reason_of(problem), fails=not restores(stack, *old))
        return
    stack.template, stack.template_dict = update.template, update.template_dict
    stack.description = update.template_dict.get("Description")
    stack.output_map = stack._create_output_map()
    stack.role_arn = update.role_arn
    stack.parameters = update.parameters
    stack.tags = stack.tags if update.tags is None else update.tags
    stack_events.of_resources(stack, update.resources, "UPDATE_COMPLETE")
    stack_events.enter(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    finish(update, "UPDATE_COMPLETE")


def restores(stack: models.Stack, template_dict: dict[str, Any], parameters: dict[str, Any]) -> bool:
    """Whether the resources can be what they were: a rollback can fail, too."""
    try:
        stack.resource_map.update(template_dict, parameters)
    except Exception:  # noqa: BLE001 - on AWS each of them is a reason for UPDATE_ROLLBACK_FAILED
        return False
    return True


def roll_back(update: Update, failed: str, reason: str, fails: bool = False) -> None:
    stack = update.stack
    stack_events.of_resource(stack, failed, "UPDATE_FAILED", reason)
    others = [name for name in update.resources if name != failed]
    stack_events.of_resources(stack, others, "UPDATE_FAILED", "Resource update cancelled")
    summary = f"The following resource(s) failed to update: [{', '.join([failed, *others])}]."
    stack_events.enter(stack, "UPDATE_ROLLBACK_IN_PROGRESS", summary)

    def rolled_back() -> None:
        if fails:
            stack_events.of_resource(stack, failed, "UPDATE_FAILED", reason)
            summary = f"The following resource(s) failed to update: [{failed}]."
            stack_events.enter(stack, "UPDATE_ROLLBACK_FAILED", summary)
            return
        stack_events.of_resources(stack, update.resources, "UPDATE_COMPLETE")
        stack_events.enter(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        finish(update, "UPDATE_ROLLBACK_COMPLETE")

    stack_changes.run_later(stack, update.change, update.seconds / 2, rolled_back)


def finish(update: Update, status: str) -> None:
    def enter() -> None:
        stack_events.enter(update.stack, status)

    stack_changes.run_later(update.stack, update.change, update.seconds * CLEAN_UP_SHARE, enter)


def apply() -> None:
    models.CloudFormationBackend.update_stack = update_stack
