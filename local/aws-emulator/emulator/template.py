"""The template: a process that has loaded moto and forks an emulator for each connection to its socket.

An emulator is ready in some hundredths of a second instead of one and a half: the test run starts about eighty of them.
A connection begins with one line of JSON, `{"env": {...}}`, the emulator's own environment variables, and gets one line,
`{"port": ..., "pid": ...}` or `{"error": "..."}`. The emulator exits when its connection is closed, the template when its
standard input is.
"""

import gc
import json
import os
import selectors
import signal
import socket
import sys
import threading
import traceback

# Connections that wait while moto is being loaded.
BACKLOG = 64
# The region that nearly all tests use: its network exists before the first call.
REGION = "eu-west-1"


def listen(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(BACKLOG)
    return listener


def serve(listener: socket.socket) -> None:
    """Forks emulators. To be called without threads, when the patches are applied."""
    from . import seed

    seed.once(REGION)
    # What is loaded stays shared with the forks: the garbage collector must not touch it.
    gc.freeze()
    # The system removes emulators that have exited.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _events in selector.select():
            if key.fileobj is sys.stdin:
                os.unlink(listener.getsockname())
                os._exit(0)
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                _emulate(connection)
            connection.close()


def _emulate(connection: socket.socket) -> None:
    """The forked emulator. Never returns: the loop is the template's."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # A group of its own: who starts it kills the group.
        os.setsid()
        _run(connection)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the template's loop must not continue here
        traceback.print_exc()
        connection.sendall(_line({"error": repr(error)}))
    finally:
        os._exit(1)


def _run(connection: socket.socket) -> None:
    from moto.moto_api._internal import mock_random

    from . import http_server
    from .settings import settings

    # Otherwise all emulators would invent the same names.
    mock_random.seed()
    request = json.loads(connection.makefile("rb").readline())
    os.environ.update(request["env"])
    settings.read_environment()
    server = http_server.make("127.0.0.1", 0)
    gc.enable()
    connection.sendall(_line({"port": server.server_port, "pid": os.getpid()}))
    threading.Thread(target=_end_with, args=[connection], daemon=True).start()
    server.serve_forever()


def _end_with(connection: socket.socket) -> None:
    try:
        while connection.recv(4096):
            pass
    except OSError:
        pass
    os._exit(0)


def _line(fields: dict[str, object]) -> bytes:
    return (json.dumps(fields) + "\n").encode()
