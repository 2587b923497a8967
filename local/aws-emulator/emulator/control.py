"""The emulator's own HTTP interface, for tests.

GET  /lizzy-emulator/calls?since=N&service=&action=&stack=   {"calls": [...], "next": N}
GET  /lizzy-emulator/settings        POST /lizzy-emulator/settings {"stack_seconds": 3, ...}, see settings.py
GET  /lizzy-emulator/faults          POST /lizzy-emulator/faults RULE or [RULE, ...]     DELETE /lizzy-emulator/faults?stack=demo-1
POST /lizzy-emulator/finish {"stack": "demo-1"}     pending effects happen now (without a stack: all)
GET  /lizzy-emulator/stacks?region=eu-west-1&stack=demo-1    its status, tags and parameters, NoEcho ones too
POST /lizzy-emulator/stacks {"region": "eu-west-1", "stack": "demo-1", "status": "...", "creation_time": "..."}
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl

from . import call_record, faults, state
from .settings import settings

PATH = "/lizzy-emulator/"


def calls(query: dict[str, str], _body: Any) -> Any:
    number = int(query.get("since", "0"))
    rows = call_record.since(number, {key: query.get(key) for key in ("service", "action", "stack", "region", "kind")})
    return {"calls": rows, "next": rows[-1]["seq"] if rows else number}


def read_settings(_query: dict[str, str], _body: Any) -> Any:
    return settings.as_dict()


def change_settings(_query: dict[str, str], body: Any) -> Any:
    settings.change(body)
    return settings.as_dict()


def read_faults(_query: dict[str, str], _body: Any) -> Any:
    return {"faults": [asdict(rule) for rule in faults.all_rules()]}


def add_faults(_query: dict[str, str], body: Any) -> Any:
    wanted = body if isinstance(body, list) else [body]
    return {"faults": [asdict(faults.add(rule)) for rule in wanted]}


def clear_faults(query: dict[str, str], _body: Any) -> Any:
    faults.clear(query.get("stack"))
    return read_faults(query, None)


def finish(_query: dict[str, str], body: Any) -> Any:
    return {"finished": state.finish_pending((body or {}).get("stack"))}


def find_stack(region: str, name: str) -> Any:
    from moto.cloudformation.models import cloudformation_backends
    from moto.core import DEFAULT_ACCOUNT_ID

    return cloudformation_backends[DEFAULT_ACCOUNT_ID][region].get_stack(name)


def read_stack(query: dict[str, str], _body: Any) -> Any:
    """What the stack really has, without delay and without asterisks."""
    with state.lock:
        stack = find_stack(query["region"], query["stack"])
        parameters = {name: str(value) for name, value in stack.stack_parameters.items()}
        return {"stack": stack.name, "status": stack.status, "tags": stack.tags, "parameters": parameters}


def change_stack(_query: dict[str, str], body: Any) -> Any:
    """Put a stack into a state that is hard to reach otherwise, or make it older; visible immediately."""
    from .patches import stack_events

    with state.lock:
        stack = find_stack(body["region"], body["stack"])
        if "status" in body:
            stack_events.enter(stack, body["status"], body.get("reason"), visible_at=0.0)
        if "creation_time" in body:
            time = datetime.fromisoformat(body["creation_time"].replace("Z", "+00:00"))
            stack.creation_time = time.astimezone(timezone.utc).replace(tzinfo=None)
        if "termination_protection" in body:
            stack.enable_termination_protection = bool(body["termination_protection"])
        if "policy" in body:
            stack.policy = json.dumps(body["policy"]) if body["policy"] else ""
        return {"stack": stack.name, "status": stack.status}


ROUTES: dict[tuple[str, str], Callable[[dict[str, str], Any], Any]] = {
    ("GET", "calls"): calls,
    ("GET", "settings"): read_settings,
    ("POST", "settings"): change_settings,
    ("GET", "faults"): read_faults,
    ("POST", "faults"): add_faults,
    ("DELETE", "faults"): clear_faults,
    ("POST", "finish"): finish,
    ("GET", "stacks"): read_stack,
    ("POST", "stacks"): change_stack,
}


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    route = ROUTES.get((environ["REQUEST_METHOD"], environ["PATH_INFO"][len(PATH) :]))
    length = int(environ.get("CONTENT_LENGTH") or 0)
    raw = environ["wsgi.input"].read(length) if length else b""
    if route is None:
        status, result = "404 Not Found", {"error": "no such control"}
    else:
        try:
            query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
            status, result = "200 OK", route(query, json.loads(raw) if raw else None)
        except Exception as problem:  # noqa: BLE001 - the test that called should read it
            status, result = "400 Bad Request", {"error": f"{type(problem).__name__}: {problem}"}
    body = json.dumps(result).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
