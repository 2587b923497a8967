"""Creating a stack takes its time, and a failure is a state of the stack.

AWS: CREATE_IN_PROGRESS, then CREATE_COMPLETE; when a resource fails, its CREATE_FAILED event, those of the resources
that are cancelled for it, ROLLBACK_IN_PROGRESS and ROLLBACK_COMPLETE, or CREATE_FAILED without a rollback. moto is done
at once, and answers 400 to a failing creation while leaving a stack behind that breaks later calls.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

import time
from typing import NamedTuple

from moto.cloudformation import models
from moto.cloudformation.parsing import OutputMap

from . import stack_changes, stack_events

original = models.Stack.create_resources


class Failure(NamedTuple):
    """The resource that was not created, and how its stack is rolled back."""

    logical_id: str
    reason: str
    physical_id: str
    rollback_seconds: float
    rollback_fails: bool


def create_resources(self: models.Stack) -> None:
    self.change, self.creation_seconds = stack_changes.begin(self, "CreateStack")
    self.states.append((time.time(), "CREATE_IN_PROGRESS"))
    resources = list(self.template_dict.get("Resources", {}))
    stack_events.of_resources(self, resources, "CREATE_IN_PROGRESS")
    requested = stack_changes.requested_failure("CreateStack", self.name)
    rollback_fails = False
    physical_id = ""
    try:
        if requested is None:
            original(self)
            return
        failed, reason, rollback_fails = requested.resource or resources[0], requested.reason, requested.rollback_fails
    except Exception as problem:  # noqa: BLE001 - on AWS each of them is a reason for a rollback
        reason = stack_changes.reason_of(problem)
        failed = getattr(problem, "failed_resource", resources[0])
        physical_id = getattr(problem, "physical_resource_id", "")
    self.status = "CREATE_IN_PROGRESS"
    keep_only_what_was_created(self)
    half = self.creation_seconds / 2
    failure = Failure(failed, reason, physical_id, half, rollback_fails)
    stack_changes.run_later(self, self.change, half, lambda: fail(self, failure))


def keep_only_what_was_created(stack: models.Stack) -> None:
    # The map creates what is missing when it is read: a second failure, in a call that only looks.
    made = stack.resource_map._parsed_resources
    every = stack.resource_map._resource_json_map
    stack.resource_map._resource_json_map = {name: json for name, json in every.items() if name in made}
    stack.output_map = OutputMap(stack.resource_map, {}, stack.stack_id)


def fail(stack: models.Stack, failure: Failure) -> None:
    failed = failure.logical_id
    made = set(stack.resource_map._resource_json_map)
    stack_events.of_resources(stack, made, "CREATE_COMPLETE")
    stack_events.of_resource(stack, failed, "CREATE_FAILED", failure.reason, failure.physical_id)
    others = [name for name in stack.template_dict["Resources"] if name != failed and name not in made]
    stack_events.of_resources(stack, others, "CREATE_FAILED", "Resource creation cancelled")
    summary = f"The following resource(s) failed to create: [{', '.join([*others, failed])}]. "
    if stack.disable_rollback:
        stack_events.enter(stack, "CREATE_FAILED", summary)
        return
    stack_events.enter(stack, "ROLLBACK_IN_PROGRESS", summary + "Rollback requested by user.")
    stack_changes.run_later(
        stack, stack.change, failure.rollback_seconds, lambda: roll_back(stack, failure.rollback_fails)
    )


def roll_back(stack: models.Stack, fails: bool) -> None:
    try:
        if fails:
            raise RuntimeError("the rollback failed, as a test asked for")
        stack.resource_map.delete()
    except Exception as problem:  # noqa: BLE001 - the event has it
        stack_events.enter(stack, "ROLLBACK_FAILED", stack_changes.reason_of(problem))
        return
    stack_events.of_resources(stack, stack.resource_map._resource_json_map, "DELETE_COMPLETE")
    stack.resource_map._resource_json_map = {}
    stack_events.enter(stack, "ROLLBACK_COMPLETE")


def mark_creation_complete(self: models.Stack) -> None:
    def complete() -> None:
        stack_events.of_resources(self, self.template_dict["Resources"], "CREATE_COMPLETE")
        stack_events.enter(self, "CREATE_COMPLETE")

    stack_changes.run_later(self, self.change, self.creation_seconds, complete)


def apply() -> None:
    models.Stack.create_resources = create_resources
    models.Stack.mark_creation_complete = mark_creation_complete
