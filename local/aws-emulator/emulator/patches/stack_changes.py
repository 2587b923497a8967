"""One change of a stack at a time, which takes as long as the settings say."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Optional

from moto.cloudformation import models

from .. import faults, state
from ..settings import settings

_immediate = False


@contextmanager
def immediately() -> Iterator[None]:
    """Changes that begin inside take no time: a parent stack's change includes those of its nested stacks."""
    global _immediate
    before, _immediate = _immediate, True
    try:
        yield
    finally:
        _immediate = before


def begin(stack: models.Stack, action: str) -> tuple[object, float]:
    """The change that replaces the current one, and its length in seconds."""
    change = object()
    stack.change = change
    if _immediate:
        return change, 0.0
    slow = faults.take_for_stack("slow_stack", action, stack.name)
    return change, slow.seconds if slow else settings.stack_seconds


def run_later(stack: models.Stack, change: object, seconds: float, effect: Callable[[], None]) -> None:
    """Run an effect after some seconds, unless another change (a deletion) has started in the meantime."""

    def unless_replaced() -> None:
        if stack.change is change:
            effect()

    state.run_later(stack.name, seconds, unless_replaced)


def requested_failure(action: str, stack: str) -> Optional[faults.Rule]:
    return faults.take_for_stack("fail_stack", action, stack)


def reason_of(problem: Exception) -> str:
    return str(getattr(problem, "description", None) or getattr(problem, "message", None) or problem)
