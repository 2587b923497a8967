"""The record of what reached AWS, and of what stacks did afterwards, in one order."""

import itertools
import threading
import time
from collections import deque
from typing import Any, Optional

# A day of tests fits; the record must not grow without end in a local stack that stays up.
ROWS_KEPT = 200_000

_rows: deque[dict[str, Any]] = deque(maxlen=ROWS_KEPT)
_numbers = itertools.count(1)
_lock = threading.Lock()


def add(row: dict[str, Any]) -> None:
    with _lock:
        _rows.append({"seq": next(_numbers), **row})


def add_effect(action: str, stack: str, region: str, status: str) -> None:
    """An effect is what CloudFormation does on its own when the duration of a change has passed."""
    now = time.time()
    add(
        {
            "kind": "effect",
            "t": now,
            "end": now,
            "service": "cloudformation",
            "action": action,
            "stack": stack,
            "region": region,
            "status": status,
        }
    )


def since(number: int, wanted: dict[str, Optional[str]]) -> list[dict[str, Any]]:
    with _lock:
        rows = list(_rows)
    return [
        row
        for row in rows
        if row["seq"] > number and all(value is None or row.get(key) == value for key, value in wanted.items())
    ]
