"""
The template process: has Senza and the models of AWS loaded and forks one process for each command.

It knows neither credentials nor jobs, has no threads and no connections but those of its launchers. It ends, with all
commands, when its standard input ends, that is with its worker. Lines on its standard input: `retire`, to end when the
running commands have ended, and `ping`. Lines on its standard output are JSON: `{"event": "ready", ...}` once, `{"event":
"pong"}` for each ping, and `{"event": "outdated"}` when the files that it has loaded have changed: it starts no commands
any more.
"""

import gc
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from typing import Callable, Iterator

from . import preload, repairs, shared_boto
from .child import Child
from .loaded_files import LoadedFiles
from .protocol import GO, NOT_STARTED, RECEIVED, Descriptors, receive_descriptors, send

# Launchers that connect at the same time.
BACKLOG = 256
# Between two checks of the memory of the running commands.
CHECK_SECONDS = 1
# Until the preparation begins: the worker, which runs its first command when the template is ready, has the processor.
PREPARATION_DELAY_SECONDS = 0.5


def serve(path: str, repairs_wanted: bool) -> None:
    """Listens on a socket, whose path may be relative to its directory so that it fits into an address (unix(7))."""
    # What is loaded stays: collections would only make it take longer.
    gc.disable()
    shared_boto.share()
    preload.import_senza()
    preparation = preload.load_service_models()
    applied = repairs.apply() if repairs_wanted else {}
    directory, name = os.path.split(path)
    os.chdir(directory)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(name)
    listener.listen(BACKLOG)
    template = Template(listener, LoadedFiles(), preparation)
    # What is loaded stays shared with the forks: the garbage collector must not touch it.
    gc.freeze()
    emit("ready", senza=senza_version(), python=sys.version.split()[0], repairs=applied)
    template.run()


def senza_version() -> str:
    import senza

    return senza.__version__


def emit(event: str, **fields: object) -> None:
    os.write(1, (json.dumps({"event": event, **fields}) + "\n").encode())


class Template:
    """
    The loop. Nothing in it waits for one launcher or one command.

    `preparation`: steps that make commands faster, each of some milliseconds. They are taken while there is nothing else to
    do, so that the worker is ready sooner.
    """

    def __init__(self, listener: socket.socket, loaded: LoadedFiles, preparation: Iterator[None]) -> None:
        self._listener: socket.socket | None = listener
        self._loaded = loaded
        self._preparation: Iterator[None] | None = preparation
        self._prepares_from = time.monotonic() + PREPARATION_DELAY_SECONDS
        self._selector = selectors.DefaultSelector()
        self._children: dict[socket.socket, Child] = {}
        # Launchers that may still decide to start their command.
        self._deciding: set[socket.socket] = set()
        self._commands = b""
        self._own_pid = os.getpid()
        self._next_check = 0.0

    def run(self) -> None:
        wakeup, wakeup_in_handler = socket.socketpair()
        for end in (wakeup, wakeup_in_handler):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(wakeup_in_handler.fileno(), warn_on_full_buffer=False)
        assert self._listener is not None
        self._listener.setblocking(False)
        os.set_blocking(0, False)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(wakeup, selectors.EVENT_READ, lambda: self._reap(wakeup))
        self._selector.register(0, selectors.EVENT_READ, self._obey)
        while self._listener is not None or self._children or self._deciding:
            events = self._selector.select(self._longest_wait())
            for key, _events in events:
                handle: Callable[[], None] = key.data
                handle()
            if not events and self._preparation is not None and time.monotonic() >= self._prepares_from:
                self._prepare(self._preparation)
            if self._children and time.monotonic() >= self._next_check:
                self._next_check = time.monotonic() + CHECK_SECONDS
                for child in self._children.values():
                    child.end_without_memory()

    def _longest_wait(self) -> float | None:
        if self._preparation is not None:
            return max(0, self._prepares_from - time.monotonic())
        return CHECK_SECONDS if self._children else None

    def _prepare(self, preparation: Iterator[None]) -> None:
        """Takes one step. After the last one, all that is loaded stays shared with the forks."""
        try:
            next(preparation)
            return
        except StopIteration:
            pass
        except Exception:  # noqa: BLE001 - commands do without it
            traceback.print_exc(file=sys.stderr)
        self._preparation = None
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        gc.enable()

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._receive(connection))

    def _receive(self, connection: socket.socket) -> None:
        try:
            descriptors = receive_descriptors(connection)
        except BlockingIOError:
            return
        except OSError:
            descriptors = None
        if descriptors is None:
            self._forget(connection)
            return
        if self._loaded.are_unchanged():
            self._deciding.add(connection)
            self._selector.modify(connection, selectors.EVENT_READ, lambda: self._start(connection, descriptors))
            send(connection, RECEIVED)
            return
        self._refuse(connection, descriptors)
        self._retire()
        emit("outdated")

    def _start(self, connection: socket.socket, descriptors: Descriptors) -> None:
        """The launcher has decided: it waits for the command, or has exited."""
        try:
            decision = connection.recv(1)
        except BlockingIOError:
            return
        except OSError:
            decision = b""
        self._deciding.remove(connection)
        if decision != GO:
            self._refuse(connection, descriptors)
            return
        try:
            child = Child.fork(descriptors, connection, self._own_pid)
        except OSError:  # The system has no process or no memory left.
            self._refuse(connection, descriptors)
            return
        self._children[connection] = child
        self._selector.modify(connection, selectors.EVENT_READ, lambda: self._signal(connection, child))

    def _refuse(self, connection: socket.socket, descriptors: Descriptors) -> None:
        descriptors.close()
        send(connection, NOT_STARTED)
        self._forget(connection)

    def _signal(self, connection: socket.socket, child: Child) -> None:
        """The launcher has sent signals for the command, or has exited."""
        try:
            numbers = connection.recv(16)
        except BlockingIOError:
            return
        except OSError:
            numbers = b""
        for number in numbers:
            child.signal(number)
        if not numbers:
            child.signal(signal.SIGKILL)
            self._selector.unregister(connection)

    def _reap(self, wakeup: socket.socket) -> None:
        try:
            wakeup.recv(4096)
        except BlockingIOError:
            pass
        for connection, child in list(self._children.items()):
            if not child.has_ended():
                continue
            del self._children[connection]
            child.finish()
            self._forget(connection)

    def _obey(self) -> None:
        try:
            data = os.read(0, 4096)
        except BlockingIOError:
            return
        if not data:
            self._end()
        *lines, self._commands = (self._commands + data).split(b"\n")
        for line in lines:
            if line == b"retire":
                self._retire()
            elif line == b"ping":
                emit("pong")

    def _retire(self) -> None:
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def _forget(self, connection: socket.socket) -> None:
        if connection.fileno() in self._selector.get_map():
            self._selector.unregister(connection)
        connection.close()

    def _end(self) -> None:
        for child in self._children.values():
            child.signal(signal.SIGKILL)
        os._exit(0)
