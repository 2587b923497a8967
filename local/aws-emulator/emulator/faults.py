"""Faults on demand: rules that tests set, each for a number of calls.

    {"service": "cloudformation", "action": "UpdateStack", "stack": "demo-1", "times": 2, "kind": "throttle"}

`service`, `action` and `stack` may be left out (any); `times` null means always. Kinds:
throttle          AWS's answer to too many calls
error             an answer with `code`, `message` and HTTP `status` (400)
refuse            an answer of a missing permission
delay             executed after `seconds`, or when the rule is removed
cut_before        the connection is dropped, nothing was done
cut_after_effect  executed, then the connection is dropped without an answer
fail_stack        the call is accepted, the stack's change then fails with `reason`: by the first resource, or by `resource`;
                  with `rollback_fails` the rollback fails too (ROLLBACK_FAILED, UPDATE_ROLLBACK_FAILED)
slow_stack        the stack's change takes `seconds`
"""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Optional

from . import state
from .aws_request import AwsRequest

KINDS = ("throttle", "error", "refuse", "delay", "cut_before", "cut_after_effect", "fail_stack", "slow_stack")
# These do not change the call's answer but what CloudFormation does afterwards.
OF_STACKS = ("fail_stack", "slow_stack")
# How long a delayed call goes without a sign of life.
SIGN_SECONDS = 5


@dataclass
class Rule:
    id: int
    kind: str
    service: Optional[str] = None
    action: Optional[str] = None
    stack: Optional[str] = None
    times: Optional[int] = 1
    seconds: float = 0.0
    code: str = "InternalFailure"
    message: str = "a fault that a test asked for"
    reason: str = "a failure that a test asked for"
    resource: Optional[str] = None
    rollback_fails: bool = False
    status: int = 400
    hits: int = field(default=0)

    def is_for(self, service: str, action: str, stack: Optional[str]) -> bool:
        return (
            self.service in (None, service)
            and self.action in (None, action)
            and self.stack in (None, stack)
            and (self.times is None or self.hits < self.times)
        )


_rules: list[Rule] = []
_ids = itertools.count(1)
# Set when the rule with this id is removed.
_removed: dict[int, threading.Event] = {}


def add(wanted: dict[str, Any]) -> Rule:
    """Raises ValueError or TypeError for what is no rule."""
    if wanted.get("kind") not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    rule = Rule(id=next(_ids), **wanted)
    with state.lock:
        _rules.append(rule)
        _removed[rule.id] = threading.Event()
    return rule


def clear(stack: Optional[str] = None) -> None:
    """Removes the rules of one stack; without a stack all rules."""
    with state.lock:
        for rule in [rule for rule in _rules if stack is None or rule.stack == stack]:
            _rules.remove(rule)
            _removed.pop(rule.id).set()


def delay(rule: Rule, give_sign: Callable[[], None]) -> None:
    """Waits as long as the rule says and exists, and gives a sign of life now and then."""
    with state.lock:
        removed = _removed.get(rule.id)
    end = time.monotonic() + rule.seconds
    while removed and (left := end - time.monotonic()) > 0 and not removed.wait(min(left, SIGN_SECONDS)):
        give_sign()


def all_rules() -> list[Rule]:
    with state.lock:
        return list(_rules)


def take_for_call(request: AwsRequest) -> Optional[Rule]:
    """The first rule for this call, counted as used."""
    return _take(request.service, request.action, request.stack, lambda kind: kind not in OF_STACKS)


def take_for_stack(kind: str, action: str, stack: str) -> Optional[Rule]:
    return _take("cloudformation", action, stack, lambda candidate: candidate == kind)


def _take(service: str, action: str, stack: Optional[str], is_wanted: Any) -> Optional[Rule]:
    with state.lock:
        for rule in _rules:
            if is_wanted(rule.kind) and rule.is_for(service, action, stack):
                rule.hits += 1
                return rule
    return None
