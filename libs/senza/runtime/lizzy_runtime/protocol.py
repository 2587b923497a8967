"""What a launcher and the template send each other over their socket.

The launcher sends `Q` with three descriptors attached: its standard output and error, and the reading end of a pipe. The
template answers `R`, and forks when the launcher has sent a zero byte (`GO`): a launcher that has waited too long for a
frozen template closes the connection instead, and the template never runs its command. The command itself reads the
request (directory, arguments, environment) from the pipe, so that nothing of it is ever in the template's memory, which
the commands after it inherit; four bytes with its length (network order) come first. After `GO` each byte is the number of a signal for the command's group.

The template answers with messages of five bytes, a letter and a number: `R` it has received `Q`; `G` the command has
started, in this process group; `X` it has ended with this exit code; `S` this signal ended it; `N` it was not started.
When the launcher's end of the connection closes, the template kills the group.
"""

import os
import socket
import struct
from dataclasses import dataclass

LENGTH = struct.Struct("!I")
MESSAGE = struct.Struct("!cI")
REQUEST, GO = b"Q", b"\0"
RECEIVED, GROUP, EXIT, SIGNAL, NOT_STARTED = b"R", b"G", b"X", b"S", b"N"
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Descriptors:
    """What a launcher has attached: the command's standard output and error, and the pipe with its request."""

    output: int
    error: int
    request: int

    def close(self) -> None:
        for descriptor in (self.output, self.error, self.request):
            os.close(descriptor)


@dataclass(frozen=True)
class Request:
    """One command."""

    directory: str
    arguments: list[str]
    environment: dict[bytes, bytes]


def receive_descriptors(connection: socket.socket) -> Descriptors | None:
    """None when the launcher has exited, or sends something else. Raises BlockingIOError when it has sent nothing yet."""
    data, descriptors, _flags, _address = socket.recv_fds(connection, len(REQUEST), 3)
    if data == REQUEST and len(descriptors) == 3:
        return Descriptors(*descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    return None


def read_request(pipe: int) -> Request:
    """Reads the pipe to its end, as the command. Raises EOFError when the launcher has gone before it had written all."""
    data = b""
    while chunk := os.read(pipe, _CHUNK_BYTES):
        data += chunk
    if len(data) < LENGTH.size or len(data) != LENGTH.size + LENGTH.unpack_from(data)[0]:
        raise EOFError
    directory, count, *fields = data[LENGTH.size :].split(b"\0")
    arguments, variables = fields[: int(count)], fields[int(count) :]
    pairs = (variable.partition(b"=") for variable in variables)
    return Request(
        directory=os.fsdecode(directory),
        arguments=[os.fsdecode(argument) for argument in arguments],
        environment={name: value for name, _, value in pairs},
    )


def send(connection: socket.socket, kind: bytes, number: int = 0) -> None:
    """Sends a message to a launcher. One that has exited needs none: its command is killed."""
    try:
        connection.send(MESSAGE.pack(kind, number))
    except OSError:
        pass
