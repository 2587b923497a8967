"""Reads lag behind changes: a listing shows new stacks, states and deletions later, a description states and tags.

CloudFormation's API is eventually consistent like EC2's; how late it is, is not documented.
https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
"""

import copy
import time
from typing import Any, Optional

from moto.cloudformation import models

from ..settings import settings

Backend = models.CloudFormationBackend
original_describe = Backend.describe_stacks
original_list = Backend.list_stacks


def state_at(stack: models.Stack, moment: float) -> Optional[str]:
    """The state that the stack had; None before it existed."""
    if not stack.states:
        return stack.status
    return next((status for entered, status in reversed(stack.states) if entered <= moment), None)


def list_stacks(self: Backend, status_filter: Optional[list[str]] = None) -> list[models.Stack]:
    moment = time.time() - settings.list_lag_seconds
    seen = ((stack, state_at(stack, moment)) for stack in original_list(self))
    views = [view_of(stack, status) for stack, status in seen if status is not None]
    return models.filter_stacks(views, status_filter)


def describe_stacks(self: Backend, name_or_stack_id: str) -> list[models.Stack]:
    now = time.time()
    views = []
    for stack in original_describe(self, name_or_stack_id):
        view = view_of(stack, state_at(stack, now - settings.describe_lag_seconds) or stack.states[0][1])
        if stack.tags and now - stack.states[0][0] < settings.tag_lag_seconds:
            view.tags = {}
        views.append(view)
    return views


def view_of(stack: models.Stack, status: str) -> Any:
    view = copy.copy(stack)
    view.status = status
    if status != stack.status:
        view.status_reason = None
        view.deletion_time = None
    return view


def apply() -> None:
    Backend.list_stacks = list_stacks
    Backend.describe_stacks = describe_stacks
