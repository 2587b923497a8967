"""One command as a fork of the template."""

import ctypes
import gc
import os
import signal
import socket
import sys
import traceback
from typing import NoReturn

from . import limits
from .command import FAILED, execute
from .protocol import EXIT, GROUP, SIGNAL, Descriptors, read_request, send
from .run_settings import take_run_settings

# Options of prctl(2).
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
# The kernel counts ticks for the limit, which are more than the time it reports on a busy machine.
CPU_LIMIT_SHARE = 0.75
# Signals that the template or Python handle, and their handlers in an interpreter that has just started.
SIGNALS = {
    signal.SIGCHLD: signal.SIG_DFL,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGINT: signal.default_int_handler,
}


class Child:
    """The template's side of it."""

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self._pid = pid
        self._connection = connection
        self._has_no_memory = False
        self._ended_without_memory = False

    @classmethod
    def fork(cls, descriptors: Descriptors, connection: socket.socket, template_pid: int) -> "Child":
        """Raises OSError when the system has no process or no memory left."""
        pid = os.fork()
        if pid == 0:
            _become_command(descriptors, template_pid)
        descriptors.close()
        send(connection, GROUP, pid)
        return cls(pid, connection)

    def signal(self, number: int) -> None:
        """To its group. It was not reaped yet, so that the number is no other group's."""
        try:
            os.killpg(self._pid, number)
        except (ProcessLookupError, PermissionError):
            # It has not made its group yet: then it has not started anything either.
            os.kill(self._pid, number)

    def has_ended(self) -> bool:
        return os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def end_without_memory(self) -> None:
        """
        To be called every second. Ends the command when it has had no memory left for a second: the interpreter can loop
        when it has none to handle its MemoryError (CPython 3.11, exception_unwind of ceval.c).
        """
        had_no_memory, self._has_no_memory = self._has_no_memory, limits.has_no_memory(self._pid)
        if had_no_memory and self._has_no_memory:
            self._ended_without_memory = True
            self.signal(signal.SIGKILL)

    def finish(self) -> None:
        """Ends what it has left in its group, and reports to the launcher how it has ended."""
        self.signal(signal.SIGKILL)
        cpu_limit = limits.hard_cpu_limit(self._pid)
        _, status, usage = os.wait4(self._pid, 0)
        if os.WIFEXITED(status):
            send(self._connection, EXIT, os.WEXITSTATUS(status))
        elif self._ended_without_memory:
            send(self._connection, EXIT, limits.EXIT_CODE)
        elif os.WTERMSIG(status) == signal.SIGKILL and usage.ru_utime + usage.ru_stime >= CPU_LIMIT_SHARE * cpu_limit:
            # The kernel kills a process at the hard limit without a word.
            send(self._connection, SIGNAL, signal.SIGXCPU)
        else:
            send(self._connection, SIGNAL, os.WTERMSIG(status))


def _become_command(descriptors: Descriptors, template_pid: int) -> NoReturn:
    """Makes this process, a fork of the template, the command. Nothing of the template stays open."""
    code = FAILED
    try:
        os.setsid()
        _die_with(template_pid)
        signal.set_wakeup_fd(-1)
        for number, handler in SIGNALS.items():
            signal.signal(number, handler)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(descriptors.output, 1)
        os.dup2(descriptors.error, 2)
        os.dup2(descriptors.request, 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        request = read_request(3)
        os.close(3)
        os.chdir(request.directory)
        settings = take_run_settings(request.environment)
        os.environb.clear()
        os.environb.update(request.environment)
        gc.enable()
        code = execute(request.arguments, settings)
    except EOFError:
        pass  # The launcher has exited.
    except MemoryError:
        code = limits.EXIT_CODE
    except BaseException:  # noqa: BLE001 - it must not become a second template
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
    finally:
        os._exit(code)


def _die_with(template_pid: int) -> None:
    """Has the kernel kill this process when the template ends, and names it. On Linux; elsewhere its launcher kills it."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(PR_SET_NAME, b"senza")
        if os.getppid() != template_pid:
            os._exit(FAILED)
