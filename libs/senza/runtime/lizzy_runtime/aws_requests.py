"""
Records the requests of a command to AWS, each retry by itself, for the worker's metrics and traces: service, operation, outcome
and times; no parameters and no names of resources.

Nothing in this module may change what the command does: what fails here is not reported.
"""

import json
import os
import time
from typing import Any

# The rest of a command with more requests is not reported.
MAX_REQUESTS = 500
# The codes that AWS documents are shorter.
MAX_CODE_LENGTH = 64

# Empty in the template, which makes no requests: each command begins with its own.
_requests: list[dict[str, Any]] = []
# When the current request was sent: the time, and a clock that never goes back. Senza has no threads.
_sent: tuple[float, float] | None = None


def observe(events: Any) -> None:
    """Subscribes to the events of botocore's clients (botocore/endpoint.py)."""
    # Last, after the rate limiter of botocore's adaptive retries has waited.
    events.register_last("before-send", _on_send)
    events.register_first("response-received", _on_response)


def forget() -> None:
    """Begins anew, as a command does."""
    _requests.clear()


def write(path: str | None) -> None:
    """Writes the requests to a new file as a JSON array, when there are any. Never raises."""
    try:
        if path is not None and _requests:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(_requests, file)
    except BaseException:  # noqa: BLE001 - a limit of the command, for example (limits.py), met after its end
        pass


def _on_send(**_event: Any) -> None:
    global _sent
    _sent = time.time(), time.monotonic()


def _on_response(event_name: str, response_dict: Any, parsed_response: Any, **_event: Any) -> None:
    """`event_name` is `response-received.SERVICE.OPERATION`; both dictionaries are None when AWS has not answered."""
    global _sent
    sent, _sent = _sent, None
    if sent is None or len(_requests) >= MAX_REQUESTS:
        return
    try:
        _, service, operation = event_name.split(".")
        status = None if response_dict is None else response_dict["status_code"]
        error = None if status is None or status < 300 else parsed_response.get("Error", {}).get("Code")
        request = {
            "service": service,
            "operation": operation,
            "status": status,
            "error": None if error is None else str(error)[:MAX_CODE_LENGTH],
            "started_at": sent[0],
            "seconds": time.monotonic() - sent[1],
        }
        _requests.append(request)
    except Exception:  # noqa: BLE001
        pass
