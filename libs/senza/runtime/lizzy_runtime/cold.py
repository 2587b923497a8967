"""One command in a Python of its own: slower than a fork of the template, otherwise the same."""

import os
import sys

from . import preload, repairs, shared_boto
from .command import execute
from .run_settings import take_run_settings


def run(arguments: list[str], repairs_wanted: bool) -> None:
    settings = take_run_settings(os.environb)
    shared_boto.share()
    preload.import_senza()
    if repairs_wanted:
        repairs.apply()
    sys.exit(execute(arguments, settings))
