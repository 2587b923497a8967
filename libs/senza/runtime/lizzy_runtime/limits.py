"""Limits of one command: processor time, address space, size of files, number of processes (setrlimit(2))."""

import contextlib
import errno
import math
import os
import resource
import signal
import sys
from types import FrameType

from .run_settings import Limits

MIB = 1024 * 1024
# A regular expression that does not end keeps Python from raising the error; the kernel kills it this much later.
HARD_CPU_SECONDS = 2
# Address space beyond the limit, to report that it was met: `lift` makes it usable.
RESERVE_MIB = 128
# The exit code of a command that has met a limit. Senza has 0, 1 and 2 only.
EXIT_CODE = 76
# How many causes of an error are followed (`__cause__`, `__context__`).
MAX_CAUSES = 20


class LimitExceeded(BaseException):
    """The command met one of its limits. Not an Exception, so that nothing in Senza catches it."""


class LimitNotSet(Exception):
    """The system does not accept a limit."""


def apply(limits: Limits) -> None:
    """Sets the limits of this process; none above what the process has. Raises LimitNotSet."""
    if limits.cpu_seconds is not None:
        signal.signal(signal.SIGXCPU, _raise_cpu_limit(limits.cpu_seconds))
        _set(resource.RLIMIT_CPU, "SENZA_CPU_SECONDS", limits.cpu_seconds, limits.cpu_seconds + HARD_CPU_SECONDS)
    # macOS counts the whole address space of its shared libraries.
    if limits.memory_mib is not None and sys.platform != "darwin":
        _set(resource.RLIMIT_AS, "SENZA_MEMORY_MIB", limits.memory_mib * MIB, (limits.memory_mib + RESERVE_MIB) * MIB)
    if limits.file_mib is not None:
        _set(resource.RLIMIT_FSIZE, "SENZA_FILE_MIB", limits.file_mib * MIB)
    if limits.processes is not None:
        _set(resource.RLIMIT_NPROC, "SENZA_PROCESSES", limits.processes)


def be_nice(niceness: int) -> None:
    """Lowers the priority of this process and of what it will start."""
    if niceness <= 0:
        return
    os.nice(niceness)
    # Where the kernel groups processes by session, the niceness of a process counts only within its group (sched(7)).
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as file:
        file.write(str(niceness))


def lift() -> None:
    """Gives this process the address space to report what happened: without it, the report fails for the same reason."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def is_from_limit(error: BaseException) -> bool:
    """Whether a limit can have caused the error."""
    if isinstance(error, OSError):
        return error.errno in (errno.EFBIG, errno.EAGAIN)
    return isinstance(error, LimitExceeded) or is_out_of_memory(error) or "can't start new thread" in str(error)


def explain(error: BaseException, limits: Limits) -> str | None:
    """The sentence for an error that a limit has caused; None for another error."""
    if isinstance(error, (LimitExceeded, LimitNotSet)):
        return str(error)
    if is_out_of_memory(error):
        return f"Senza was stopped: it needed more than {limits.memory_mib} MiB of memory (SENZA_MEMORY_MIB)"
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return f"Senza was stopped: it wrote a file of more than {limits.file_mib} MiB (SENZA_FILE_MIB)"
    if limits.processes is not None and is_from_limit(error):
        return f"Senza was stopped: its user has more than {limits.processes} processes (SENZA_PROCESSES)"
    return None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was refused, or an error has come from that: Senza makes others of it, such as an invalid definition."""
    cause: BaseException | None = error
    for _ in range(MAX_CAUSES):
        if cause is None:
            return False
        if isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno == errno.ENOMEM):
            return True
        # CPython sometimes has no memory left for the MemoryError itself.
        if isinstance(cause, SystemError) and ("without exception set" in str(cause) or "without setting an" in str(cause)):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def hard_cpu_limit(pid: int) -> float:
    """Seconds; infinite without a limit, and where the system does not know it (prlimit(2) is Linux's)."""
    if sys.platform != "linux":
        return math.inf
    try:
        _, hard = resource.prlimit(pid, resource.RLIMIT_CPU)
    except OSError:
        return math.inf
    return math.inf if hard == resource.RLIM_INFINITY else hard


def has_no_memory(pid: int) -> bool:
    """Whether the address space of a process has reached its limit. Always false where the system does not know it."""
    if sys.platform != "linux":
        return False
    try:
        soft, _ = resource.prlimit(pid, resource.RLIMIT_AS)
        with open(f"/proc/{pid}/statm", "rb") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return False
    return soft != resource.RLIM_INFINITY and size > soft - MIB


def explain_cpu(cpu_seconds: int) -> str:
    return f"Senza was stopped: it used more than {cpu_seconds} seconds of processor time (SENZA_CPU_SECONDS)"


def _raise_cpu_limit(cpu_seconds: int):
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise LimitExceeded(explain_cpu(cpu_seconds))

    return stop


def _set(kind: int, variable: str, soft: int, hard: int | None = None) -> None:
    _, highest = resource.getrlimit(kind)
    wanted = soft if hard is None else hard
    if highest != resource.RLIM_INFINITY:
        soft, wanted = min(soft, highest), min(wanted, highest)
    try:
        resource.setrlimit(kind, (soft, wanted))
    except (OSError, ValueError, OverflowError) as error:
        raise LimitNotSet(f"Senza was not started: the system refuses the limit {variable}: {error}") from None
