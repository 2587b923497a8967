"""Replaces functions that other modules have imported by name."""

import sys
from typing import Any


def replace(original: Any, replacement: Any) -> None:
    """Makes every module of Senza that has the original use the replacement."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != "senza":
            continue
        for attribute, value in list(vars(module).items()):
            if value is original:
                setattr(module, attribute, replacement)
