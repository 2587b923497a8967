"""One command as a fork of the template."""

import ctypes
import gc
import os
import resource
import signal
import socket
import sys
import traceback
from typing import NoReturn

from .command import FAILED, execute
from .limits import HARD_CPU_SECONDS
from .protocol import EXIT, GROUP, SIGNAL, Request, send
from .run_settings import RunSettings, take_run_settings

# Options of prctl(2).
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
# Signals that the template or Python handle, and their handlers in an interpreter that has just started.
SIGNALS = {
    signal.SIGCHLD: signal.SIG_DFL,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGINT: signal.default_int_handler,
}


class Child:
    """The template's side of it."""

    def __init__(self, pid: int, connection: socket.socket, cpu_seconds: int | None) -> None:
        self._pid = pid
        self._connection = connection
        self._cpu_seconds = cpu_seconds

    @classmethod
    def fork(cls, request: Request, connection: socket.socket, template_pid: int) -> "Child":
        settings = take_run_settings(request.environment)
        pid = os.fork()
        if pid == 0:
            _become_command(request, settings, template_pid)
        request.close()
        child = cls(pid, connection, settings.limits.cpu_seconds)
        send(connection, GROUP, pid)
        return child

    def signal(self, number: int) -> None:
        """To its group. It was not reaped yet, so that the number is no other group's."""
        try:
            os.killpg(self._pid, number)
        except (ProcessLookupError, PermissionError):
            # It has not made its group yet: then it has not started anything either.
            os.kill(self._pid, number)

    def has_ended(self) -> bool:
        return os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def finish(self) -> None:
        """Ends what it has left in its group, and tells the launcher how it has ended."""
        self.signal(signal.SIGKILL)
        _, status, usage = os.wait4(self._pid, 0)
        if os.WIFEXITED(status):
            send(self._connection, EXIT, os.WEXITSTATUS(status))
        elif self._was_killed_for_cpu(os.WTERMSIG(status), usage):
            send(self._connection, SIGNAL, signal.SIGXCPU)
        else:
            send(self._connection, SIGNAL, os.WTERMSIG(status))

    def _was_killed_for_cpu(self, number: int, usage: resource.struct_rusage) -> bool:
        if number != signal.SIGKILL or self._cpu_seconds is None:
            return False
        return usage.ru_utime + usage.ru_stime >= self._cpu_seconds + HARD_CPU_SECONDS - 0.1


def _become_command(request: Request, settings: RunSettings, template_pid: int) -> NoReturn:
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
        os.dup2(request.output[0], 1)
        os.dup2(request.output[1], 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.chdir(request.directory)
        os.environb.clear()
        os.environb.update(request.environment)
        gc.enable()
        code = execute(request.arguments, settings)
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
