"""
Writes and reads the YAML that Senza itself makes with libyaml, in a tenth of the time.

`evaluate` (senza/cli.py) writes a definition, renders the text and reads it again, three times. PyYAML's own emitter and
parser, in Python, take a third of a command's processor time for that. The definition and the parameters of the user are
still read by it.
"""

import re
import types
from typing import Any, Iterator

import yaml

# libyaml accepts tabs and byte order marks where PyYAML does not, and any depth.
_SAME_IN_BOTH = re.compile("[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
_MAX_BRACKETS = 200
# Both write the same for these: they differ where they break a text in double quotes, and for keys that are long or empty.
_WRITTEN_ALIKE = re.compile("[\x20-\x7e]*")
_MAX_KEY_LENGTH = 100
_SCALARS = (int, float, bool, type(None))


def use() -> None:
    """Has the command line of Senza write and read its own texts by this module. To be called after its import."""
    from senza import cli

    module = types.ModuleType("yaml")
    vars(module).update(vars(yaml), safe_load=safe_load, dump=dump)
    cli.yaml = module


def safe_load(stream: Any) -> Any:
    """As `yaml.safe_load`, with its errors. Senza passes texts that it has rendered as `str`, others as bytes or files."""
    if isinstance(stream, str) and yaml.__with_libyaml__ and _is_same_in_both(stream):
        try:
            return yaml.load(stream, Loader=yaml.CSafeLoader)
        except Exception:  # noqa: BLE001 - PyYAML raises it again, in its own words
            pass
    return yaml.safe_load(stream)


def dump(data: Any, **options: Any) -> str:
    """
    As `yaml.dump`. A text in which nothing is rendered may have its lines broken in other places: it is read as the same.
    """
    if yaml.__with_libyaml__:
        try:
            texts = list(_texts(data))
            if _are_written_alike(texts) or not _has_tags(texts):
                return yaml.dump(data, Dumper=yaml.CDumper, **options)
        except Exception:  # noqa: BLE001 - PyYAML decides
            pass
    return yaml.dump(data, **options)


def _is_same_in_both(text: str) -> bool:
    return text.count("[") + text.count("{") <= _MAX_BRACKETS and _SAME_IN_BOTH.fullmatch(text) is not None


def _are_written_alike(texts: list[tuple[str, bool]]) -> bool:
    return all(
        _WRITTEN_ALIKE.fullmatch(text) and (not is_key or 0 < len(text) <= _MAX_KEY_LENGTH) for text, is_key in texts
    )


def _has_tags(texts: list[tuple[str, bool]]) -> bool:
    return any("{{" in text or not _SAME_IN_BOTH.fullmatch(text) for text, _ in texts)


def _texts(value: Any, is_key: bool = False) -> Iterator[tuple[str, bool]]:
    """All texts of a definition, and whether they are keys. Raises TypeError for what is no plain data."""
    kind = type(value)
    if kind is str:
        yield value, is_key
    elif kind is dict:
        for key, item in value.items():
            yield from _texts(key, True)
            yield from _texts(item)
    elif kind is list:
        for item in value:
            yield from _texts(item)
    elif kind not in _SCALARS:
        raise TypeError
