"""Recognises the sources that a repair was written for."""

import hashlib
import importlib
import inspect
from typing import Any


def differing_functions(digests: dict[str, str]) -> list[str]:
    """Those of the functions, named as `module:qualified.name`, whose source has another digest or is missing."""
    return [path for path, digest in digests.items() if digest_of(path) != digest]


def digest_of(path: str) -> str | None:
    try:
        source = inspect.getsource(find(path))
    except (ImportError, AttributeError, OSError, TypeError):
        return None
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def find(path: str) -> Any:
    """The function or class. Of a command of click, the function that it calls; of a property, its getter."""
    module, _, qualified = path.partition(":")
    found: Any = importlib.import_module(module)
    for name in qualified.split("."):
        found = inspect.getattr_static(found, name) if inspect.isclass(found) else getattr(found, name)
    found = getattr(found, "callback", found)
    return found.fget if isinstance(found, property) else found
