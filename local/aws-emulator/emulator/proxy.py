"""The WSGI proxy in front of moto: control interface, seeding of a region at its first call, faults, rates, call record."""

import contextlib
import re
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any, Optional

from . import aws_errors, call_record, control, faults, rates, seed, state
from .aws_request import AwsRequest, read

StartResponse = Callable[..., Any]
ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>|\"__type\":\s*\"([^\"]+)\"")


class Proxy:
    def __init__(self, moto: Callable[[dict[str, Any], StartResponse], Iterable[bytes]]) -> None:
        self.moto = moto

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(control.PATH):
            return control.answer(environ, start_response)
        request = read(environ)
        row: dict[str, Any] = {
            "kind": "call",
            "t": time.time(),
            "service": request.service,
            "action": request.action,
            "stack": request.stack,
            "region": request.region,
            "parameters": request.parameters,
            "stack_parameters": request.stack_parameters,
            "user_agent": environ.get("HTTP_USER_AGENT", ""),
        }
        try:
            return self.respond(request, row, environ, start_response)
        finally:
            row["end"] = time.time()
            call_record.add(row)

    def respond(
        self, request: AwsRequest, row: dict[str, Any], environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        fault = faults.take_for_call(request)
        row["fault"] = fault.kind if fault else None
        if fault and fault.kind == "delay":
            faults.delay(fault, lambda: keep_waiting(environ))
        elif fault and fault.kind == "cut_before":
            row["status"] = "cut_before"
            return cut(environ)
        elif fault and fault.kind != "cut_after_effect":
            return refuse(request, refusal_of_fault(request, fault), row, start_response)
        if refusal := rates.refusal_of(request):
            return refuse(request, refusal, row, start_response)

        status, headers, body = self.call_moto(request, environ)
        row["status"] = int(status.split()[0])
        if row["status"] >= 400 and (match := ERROR_CODE.search(body)):
            row["error"] = (match.group(1) or match.group(2)).decode()
        if fault and fault.kind == "cut_after_effect":
            return cut(environ)
        start_response(status, headers)
        return [body]

    def call_moto(self, request: AwsRequest, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        got: dict[str, Any] = {}

        def keep(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            got.update(status=status, headers=headers)
            return lambda _data: None

        with state.lock:
            seed.once(request.region)
            body = b"".join(self.moto(environ, keep))
        return got["status"], got["headers"], body


def refusal_of_fault(request: AwsRequest, fault: faults.Rule) -> rates.Refusal:
    if fault.kind == "throttle":
        return aws_errors.throttling(request)
    if fault.kind == "refuse":
        return "AccessDenied", 403, f"not authorized to perform: {request.service}:{request.action}"
    return fault.code, fault.status, fault.message


def refuse(
    request: AwsRequest, refusal: rates.Refusal, row: dict[str, Any], start_response: StartResponse
) -> Iterable[bytes]:
    code, status, message = refusal
    row.update(status=status, error=code)
    media_type, body = aws_errors.body_of(request, code, message)
    start_response(f"{status} Refused", [("Content-Type", media_type), ("Content-Length", str(len(body)))])
    return [body]


def keep_waiting(environ: dict[str, Any]) -> None:
    """Sends an interim response to Senza, whose boto otherwise gives up after 60 s. The caller may have gone meanwhile."""
    connection: Optional[socket.socket] = environ.get("werkzeug.socket")
    if connection and environ.get("HTTP_USER_AGENT", "").startswith("Boto"):
        with contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def cut(environ: dict[str, Any]) -> Iterable[bytes]:
    """Drops the connection: the caller sees its end where the answer should begin."""
    connection: Optional[socket.socket] = environ.get("werkzeug.socket")
    if connection:
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("cut on demand")
