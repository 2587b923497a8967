"""State that all requests share: the lock and the pending effects of stack changes."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Optional

# moto's models are plain Python objects that several threads must not change at once.
lock = threading.RLock()


@dataclass(eq=False)
class Pending:
    stack: str
    due: float
    effect: Callable[[], None]
    timer: Optional[threading.Timer] = field(default=None)


_pending: list[Pending] = []


def run_later(stack: str, seconds: float, effect: Callable[[], None]) -> None:
    """Run an effect on a stack after some seconds, under the lock; immediately if `seconds` is 0."""
    if seconds <= 0:
        effect()
        return
    pending = Pending(stack, time.time() + seconds, effect)
    pending.timer = threading.Timer(seconds, _run, [pending])
    pending.timer.daemon = True
    with lock:
        _pending.append(pending)
    pending.timer.start()


def _run(pending: Pending) -> None:
    with lock:
        if pending in _pending:
            _pending.remove(pending)
            pending.effect()


def finish_pending(stack: Optional[str]) -> int:
    """Run the pending effects (of one stack, or of all) now; returns how many ran."""
    finished = 0
    with lock:
        # An effect can schedule the next one (a rollback after a failure): repeat until none is left.
        while chosen := [p for p in _pending if stack in (None, p.stack)]:
            for pending in sorted(chosen, key=lambda p: p.due):
                if pending.timer:
                    pending.timer.cancel()
                _run(pending)
                finished += 1
    return finished
