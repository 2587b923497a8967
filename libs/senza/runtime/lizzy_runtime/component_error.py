"""
Says which property of a component has the wrong type, from the error that Senza crashes with.

Python's error has the type that was expected and often the one that was found; the lines of its traceback, and those before them in
the same function, name the property: `int(as_conf["Minimum"])`.
"""

import linecache
import re
import traceback
from collections.abc import Iterator
from typing import Any

from .definition_structure import kind_of

# What Python says, and what the value should have been.
EXPECTED = (
    (re.compile(r"has no attribute '(?:items|keys|values|get|pop|setdefault|update)'"), "a mapping"),
    (re.compile(r"(?:string|list) indices must be|does not support item assignment"), "a mapping"),
    (re.compile(r"is not subscriptable"), "a string or a mapping"),
    (re.compile(r"argument of type '\w+' is not (?:iterable|a container)"), "a mapping"),
    (re.compile(r"has no attribute '(?:append|extend)'|concatenate list|object is not iterable|list index out of range"), "a list"),
    (re.compile(r"int\(\)|could not convert string to float|must be real number"), "a number"),
    (re.compile(r"has no attribute '\w+'|expected string|must be str|concatenate str|unhashable type|unsupported operand"), "a string"),
)
FOUND = re.compile(r"^(string|list) indices|'(\w+)' object|of type '(\w+)'|unhashable type: '(\w+)'|not '?(int|float|bool|list|dict|NoneType)'?")
# How Senza reads a property: `x["Key"]`, `x.get("Key")`, `x.pop("Key")`, `"Key" in x`.
KEY = re.compile(r"""(?:\[|get\(|pop\()["'](\w+)["']|["'](\w+)["'] in """)

# A property and where it is in the component.
Property = tuple[str, Any]


def describe_component_error(error: Exception, configuration: dict[str, Any]) -> str:
    """`AutoScaling.Minimum must be a number, not a list`; Python's own words when no property can be named."""
    if "to unpack" in str(error):
        unused = next(((path, value) for path, value in _named_by(error, configuration) if isinstance(value, str)), None)
        if unused is not None:
            return f'{unused[0]} cannot be "{unused[1]}"'
    expected = next((kind for pattern, kind in EXPECTED if pattern.search(str(error))), None)
    if expected is None:
        return str(error) if isinstance(error, ValueError) else f"a property cannot be used ({error})"
    is_empty = isinstance(error, IndexError)
    for path, value in _named_by(error, configuration):
        if is_empty and value == []:
            return f"{path} must not be empty"
        if is_empty:
            continue
        wrong = next((each for each in [(path, value), *inside(path, value)] if _is_wrong(each[1], expected, error)), None)
        if wrong is not None:
            return f"{wrong[0]} must be {expected}, not {kind_of(wrong[1])}"
    return f"a property must be {expected} ({error})"


def inside(path: str, value: Any) -> Iterator[Property]:
    """All values in a value, the outer ones first."""
    level = [(path, value)]
    while level:
        inner: list[Property] = []
        for place, each in level:
            if isinstance(each, dict):
                inner += [(f"{place}.{name}".removeprefix("."), item) for name, item in each.items()]
            elif isinstance(each, list):
                inner += [(f"{place}[{number}]", item) for number, item in enumerate(each)]
        yield from inner
        level = inner


def _is_wrong(value: Any, expected: str, error: Exception) -> bool:
    found = FOUND.search(str(error))
    name = next((each for each in found.groups() if each), None) if found else None
    name = {"string": "str"}.get(name, name)
    return kind_of(value) != expected and name in (None, type(value).__name__)


def _named_by(error: Exception, configuration: dict[str, Any]) -> Iterator[Property]:
    """The properties that the lines of the traceback name, the innermost first; then those that the lines before them name."""
    known: dict[str, list[Property]] = {}
    for path, value in inside("", configuration):
        known.setdefault(path.rpartition(".")[2], []).append((path, value))
    for name in ("Name", "Type"):
        known.pop(name, None)
    frames = [(frame.f_code, line) for frame, line in reversed(list(traceback.walk_tb(error.__traceback__)))]
    lines = [(code.co_filename, line) for code, line in frames]
    before = [(code.co_filename, each) for code, line in frames for each in range(line - 1, code.co_firstlineno, -1)]
    for file, line in lines + before:
        for keys in KEY.findall(linecache.getline(file, line)):
            yield from known.get("".join(keys), [])
