"""
Reads the YAML that Senza itself writes with libyaml, in a tenth of the time.

`evaluate` (senza/cli.py) writes a definition, renders the text and reads it again, three times. PyYAML's own parser, in
Python, takes a fifth of a command's processor time for that. The definition and the parameters of the user are still read by it.
"""

import re
import types
from typing import Any

import yaml

# libyaml accepts tabs and byte order marks where PyYAML does not, and any depth.
_SAME_IN_BOTH = re.compile("[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
_MAX_BRACKETS = 200


def use() -> None:
    """Has the command line of Senza read its own texts with `safe_load` of this module. To be called after its import."""
    from senza import cli

    module = types.ModuleType("yaml")
    vars(module).update(vars(yaml), safe_load=safe_load)
    cli.yaml = module


def safe_load(stream: Any) -> Any:
    """As `yaml.safe_load`, with its errors. Senza passes texts that it has rendered as `str`, others as bytes or files."""
    if isinstance(stream, str) and yaml.__with_libyaml__ and _is_same_in_both(stream):
        try:
            return yaml.load(stream, Loader=yaml.CSafeLoader)
        except Exception:  # noqa: BLE001 - PyYAML raises it again, in its own words
            pass
    return yaml.safe_load(stream)


def _is_same_in_both(text: str) -> bool:
    return text.count("[") + text.count("{") <= _MAX_BRACKETS and _SAME_IN_BOTH.fullmatch(text) is not None
