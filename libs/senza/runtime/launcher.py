"""Stands in for one Senza command: passes its output, arguments, environment and directory to the template and ends as
the command does.

    python -I -S -E launcher.py SOCKET ARGUMENT...

Uses built-in modules only, so that it starts in some 15 milliseconds. The protocol is described in
lizzy_runtime/protocol.py. Exit code 75 (EX_TEMPFAIL of sysexits.h): the template did not start the command.
"""

import array
import os
import signal
import struct
import sys
from _socket import AF_UNIX, MSG_WAITALL, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket

NOT_STARTED = 75


def main() -> None:
    template = socket(AF_UNIX, SOCK_STREAM)
    try:
        template.connect(sys.argv[1])
    except OSError:
        os._exit(NOT_STARTED)
    # From here on the template ends the command's whole process group when this process ends.
    signal.signal(signal.SIGTERM, lambda number, _frame: template.send(bytes([number])))
    variables = [key + b"=" + value for key, value in os.environb.items()]
    arguments = [os.fsencode(argument) for argument in sys.argv[2:]]
    fields = [os.getcwdb(), str(len(arguments)).encode(), *arguments, *variables]
    request = b"\0".join(fields)
    output = array.array("i", [1, 2])
    template.sendmsg([struct.pack("!I", len(request))], [(SOL_SOCKET, SCM_RIGHTS, output)])
    template.sendall(request)
    group = 0
    while len(message := template.recv(5, MSG_WAITALL)) == 5:
        kind, number = struct.unpack("!cI", message)
        if kind == b"G":
            group = number
        elif kind == b"X":
            os._exit(number)
        elif kind == b"S":
            end_by(number)
        elif kind == b"N":
            os._exit(NOT_STARTED)
    # The template is gone. The kernel has killed the command with it; this kills what the command had started.
    if group:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass
    end_by(signal.SIGKILL)


def end_by(number: int) -> None:
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


main()
