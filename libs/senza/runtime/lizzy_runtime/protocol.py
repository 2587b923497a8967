"""What a launcher and the template send each other over their socket.

The launcher sends the request: four bytes with its length (network order), to which its standard output and error are
attached as file descriptors, then the request itself. The template answers `R` when it has read it, and forks when the
launcher has sent a zero byte (`GO`): a launcher that has waited too long for a frozen template closes the connection
instead, and the template never runs its command. After that each byte is the number of a signal for the command's group.

The template answers with messages of five bytes, a letter and a number: `R` the request is complete; `G` the command has
started, in this process group; `X` it has ended with this exit code; `S` this signal ended it; `N` it was not started.
When the launcher's end of the connection closes, the template kills the group.
"""

import os
import socket
import struct
from dataclasses import dataclass

LENGTH = struct.Struct("!I")
MESSAGE = struct.Struct("!cI")
RECEIVED, GROUP, EXIT, SIGNAL, NOT_STARTED = b"R", b"G", b"X", b"S", b"N"
GO = b"\0"
# Standard output and error.
DESCRIPTORS = 2
# An argument may have 128 KiB (MAX_ARG_STRLEN of execve(2)), all together a few MiB.
MAX_REQUEST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One command. `output` are the descriptors of its standard output and error."""

    directory: str
    arguments: list[str]
    environment: dict[bytes, bytes]
    output: tuple[int, int]

    def close(self) -> None:
        for descriptor in self.output:
            os.close(descriptor)


class RequestReader:
    """Reads a request from a socket that does not block."""

    def __init__(self) -> None:
        self._descriptors: list[int] = []
        self._data = b""

    def read(self, connection: socket.socket) -> Request | None:
        """The request once it is complete. Raises EOFError when the launcher is gone or sends something else."""
        if len(self._data) < LENGTH.size:
            data, descriptors, _flags, _address = socket.recv_fds(
                connection, LENGTH.size - len(self._data), DESCRIPTORS
            )
            self._descriptors += descriptors
        else:
            (length,) = LENGTH.unpack_from(self._data)
            if length > MAX_REQUEST_BYTES:
                raise EOFError
            data = connection.recv(LENGTH.size + length - len(self._data))
        if not data:
            raise EOFError
        self._data += data
        if len(self._data) < LENGTH.size or len(self._data) < LENGTH.size + LENGTH.unpack_from(self._data)[0]:
            return None
        return self._parse(self._data[LENGTH.size :])

    def close(self) -> None:
        """Closes the descriptors of a request that was not completed."""
        for descriptor in self._descriptors:
            os.close(descriptor)

    def _parse(self, data: bytes) -> Request:
        if len(self._descriptors) != DESCRIPTORS:
            raise EOFError
        directory, count, *fields = data.split(b"\0")
        output, self._descriptors = (self._descriptors[0], self._descriptors[1]), []
        arguments, variables = fields[: int(count)], fields[int(count) :]
        pairs = (variable.partition(b"=") for variable in variables)
        return Request(
            directory=os.fsdecode(directory),
            arguments=[os.fsdecode(argument) for argument in arguments],
            environment={name: value for name, _, value in pairs},
            output=output,
        )


def send(connection: socket.socket, kind: bytes, number: int = 0) -> None:
    """Sends a message to a launcher. One that is gone needs none: its command is killed."""
    try:
        connection.send(MESSAGE.pack(kind, number))
    except OSError:
        pass
