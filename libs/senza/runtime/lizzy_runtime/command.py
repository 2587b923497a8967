"""Runs one Senza command in this process, in the same way whether it was forked or started."""

import os
import random
import sys
import tempfile
import time
from pathlib import Path

from . import aws_requests, limits, repairs
from .run_settings import Limits, RunSettings

# What the Python interpreter exits with after an exception.
FAILED = 1


def execute(arguments: list[str], settings: RunSettings) -> int:
    """Runs `senza ARGUMENT...` to its end; the environment and the directory are set. Returns the exit code."""
    sys.argv = ["senza", *arguments]
    # What Python and Senza keep since they were imported, in another environment.
    time.tzset()
    random.seed()
    tempfile.tempdir = None
    _read_configuration_from_home()
    try:
        limits.be_nice(settings.niceness)
        limits.apply(settings.limits)
        repairs.start(settings)
        code = _run_senza()
    except BaseException as error:  # noqa: BLE001 - as the interpreter does
        code = _report(error, settings.limits)
    code = code if _flush() else FAILED
    aws_requests.write(settings.aws_requests_file)
    return code


def _run_senza() -> int:
    """Returns the exit code. Raises what has ended it otherwise."""
    from senza import cli

    try:
        cli.main()
        return 0
    except SystemExit as end:
        if end.code and limits.is_out_of_memory(end):
            raise
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return FAILED


def _report(error: BaseException, settings: Limits) -> int:
    limits.lift()
    sentence = limits.explain(error, settings)
    if sentence is None:
        sys.excepthook(type(error), error, error.__traceback__)
        return FAILED
    print(f"\n{sentence}", file=sys.stderr)
    return limits.EXIT_CODE


def _read_configuration_from_home() -> None:
    from click import get_app_dir
    from senza import configuration

    path = Path(get_app_dir("senza")) / "config.yaml"
    configuration.CONFIGURATION_PATH = path
    configuration.configuration.config_path = path


def _flush() -> bool:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        return True
    except OSError:
        # The reader has closed the pipe. Nothing must be flushed again at the end of the interpreter.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return False
