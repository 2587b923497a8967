"""Stands in for one Senza command: has the template start it, passes its output, arguments, environment and directory, and
ends as the command does.

    python -I -S -E launcher.py SOCKET ARGUMENT...

Imports what comes with the interpreter only: `signal`, `struct` and `array` would load a dozen modules of the library, which
takes half of the 10 milliseconds that it needs. The protocol is described in
lizzy_runtime/protocol.py. Exit code 75 (EX_TEMPFAIL of sysexits.h): the template has not started the command and will not.
"""

import sys
from _signal import SIG_DFL, SIGKILL, SIGTERM, signal
from _socket import AF_UNIX, MSG_WAITALL, SCM_RIGHTS, SO_RCVTIMEO, SO_SNDTIMEO, SOCK_STREAM, SOL_SOCKET, socket
from _struct import pack, unpack
from posix import _exit, close, environ, getcwdb, getpid, kill, killpg, pipe, write

NOT_STARTED = 75
# A template that is frozen accepts connections and answers nothing.
ANSWER_SECONDS = 3
FORK_SECONDS = 30
REQUEST, GO = b"Q", b"\0"


def main() -> None:
    template = socket(AF_UNIX, SOCK_STREAM)
    reader, writer = pipe()
    try:
        limit_waiting(template, ANSWER_SECONDS)
        template.connect(sys.argv[1])
        template.sendmsg([REQUEST], [(SOL_SOCKET, SCM_RIGHTS, pack("@3i", 1, 2, reader))])
        kind, _ = receive(template)
    except OSError:
        _exit(NOT_STARTED)
    if kind != b"R":
        _exit(NOT_STARTED)
    close(reader)
    # From here on the template ends the command's whole process group when this process ends.
    signal(SIGTERM, lambda number, _frame: template.send(bytes([number])))
    limit_waiting(template, FORK_SECONDS)
    template.send(GO)
    group = 0
    try:
        while True:
            kind, number = receive(template)
            if kind == b"G":
                group = number
                limit_waiting(template, 0)
                pass_request(writer)
            elif kind == b"X":
                _exit(number)
            elif kind == b"S":
                end_by(number)
            elif kind == b"N":
                _exit(NOT_STARTED)
    except OSError:
        # The template has exited, or is frozen. The kernel kills the command with it; this kills what the command has started.
        if group:
            try:
                killpg(group, SIGKILL)
            except ProcessLookupError:
                pass
        end_by(SIGKILL)


def pass_request(writer: int) -> None:
    variables = [key + b"=" + value for key, value in environ.items()]
    encoding = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
    arguments = [argument.encode(*encoding) for argument in sys.argv[2:]]
    request = b"\0".join([getcwdb(), str(len(arguments)).encode(), *arguments, *variables])
    request = pack("!I", len(request)) + request
    try:
        while request:
            request = request[write(writer, request) :]
    except BrokenPipeError:
        pass  # The command has ended; the template reports how.
    close(writer)


def receive(template: socket) -> tuple[bytes, int]:
    """One message. Raises OSError when the template has exited or does not answer in time."""
    message = template.recv(5, MSG_WAITALL)
    if len(message) < 5:
        raise OSError
    return unpack("!cI", message)


def limit_waiting(template: socket, seconds: int) -> None:
    """For each call; 0 is without limit. By the kernel: Python's own timeouts do not go with MSG_WAITALL."""
    for option in (SO_RCVTIMEO, SO_SNDTIMEO):
        template.setsockopt(SOL_SOCKET, option, pack("@ll", seconds, 0))


def end_by(number: int) -> None:
    if number != SIGKILL:
        signal(number, SIG_DFL)
    kill(getpid(), number)


main()
