"""One change of a stack at a time, which takes as long as the settings say."""

from collections.abc import Callable

from moto.cloudformation import models

from .. import faults, world


def begin(stack: models.Stack, action: str) -> tuple[object, float]:
    """The change that replaces whatever was under way, and its length in seconds."""
    change = object()
    stack.change = change
    slow = faults.take_for_stack("slow_stack", action, stack.name)
    return change, slow.seconds if slow else world.settings.stack_seconds


def later(stack: models.Stack, change: object, seconds: float, effect: Callable[[], None]) -> None:
    """Carries out an effect, unless another change (a deletion) has begun meanwhile."""

    def unless_replaced() -> None:
        if stack.change is change:
            effect()

    world.later(stack.name, seconds, unless_replaced)


def asked_to_fail(action: str, stack: str) -> str | None:
    rule = faults.take_for_stack("fail_stack", action, stack)
    return rule.reason if rule else None
