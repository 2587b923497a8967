"""
Keeps the values of a request from being templates.

Senza renders a definition up to three times, and each result is a template again. While it does, the braces in the
request's values are written in another way, which means the same to YAML: a character of the same kind and a random word.
"""

import secrets
from typing import Any

_opening, _closing = "{", "}"


def choose_word() -> None:
    """To be called in each command: the word must not be known to another."""
    global _opening, _closing
    # In YAML a bracket needs quotes in the same places as a brace.
    word = "[" + secrets.token_hex(12)
    _opening, _closing = word + "o", word + "c"


def protect(value: str) -> str:
    return value.replace("{", _opening).replace("}", _closing)


def restore(value: Any) -> Any:
    """The value with its braces; of lists and mappings, those of all their texts."""
    if isinstance(value, str):
        return value.replace(_opening, "{").replace(_closing, "}")
    if isinstance(value, list):
        return [restore(each) for each in value]
    if isinstance(value, dict):
        return {restore(key): restore(each) for key, each in value.items()}
    return value
