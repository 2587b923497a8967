"""What all requests share: the lock, the settings, and the changes that are still under way."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Optional

# moto's models are plain Python objects that several threads must not change at once.
lock = threading.RLock()


@dataclass
class Settings:
    # How long creations, updates and deletions of stacks take.
    stack_seconds: float = 0.0


settings = Settings()


@dataclass(eq=False)
class Pending:
    stack: str
    due: float
    effect: Callable[[], None]
    timer: Optional[threading.Timer] = field(default=None)


_pending: list[Pending] = []


def later(stack: str, seconds: float, effect: Callable[[], None]) -> None:
    """Carry out an effect on a stack after some seconds, under the lock; at once for none."""
    if seconds <= 0:
        effect()
        return
    pending = Pending(stack, time.time() + seconds, effect)
    pending.timer = threading.Timer(seconds, _carry_out, [pending])
    pending.timer.daemon = True
    with lock:
        _pending.append(pending)
    pending.timer.start()


def _carry_out(pending: Pending) -> None:
    with lock:
        if pending in _pending:
            _pending.remove(pending)
            pending.effect()


def finish_pending(stack: Optional[str]) -> int:
    """Let what is under way (of one stack, or all) have its effect now; returns how much that was."""
    finished = 0
    with lock:
        # An effect may begin the next one (a rollback after a failure): until none is left.
        while chosen := [p for p in _pending if stack in (None, p.stack)]:
            for pending in sorted(chosen, key=lambda p: p.due):
                if pending.timer:
                    pending.timer.cancel()
                _carry_out(pending)
                finished += 1
    return finished
