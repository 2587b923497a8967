"""Detects that a file of Senza, of its libraries or of this package has changed since the template was started."""

import os
import sys

# Packages whose every file counts; of the others, what is installed in another version changes the first file, too.
OWN_PACKAGES = ("senza", "lizzy_runtime")


class LoadedFiles:
    """The files of the loaded modules, as they were when it was made."""

    def __init__(self) -> None:
        self._files = {path: _state(path) for path in _paths()}

    def are_unchanged(self) -> bool:
        """Takes a fraction of a millisecond."""
        return all(_state(path) == state for path, state in self._files.items())


def _paths() -> list[str]:
    modules = [(name, getattr(module, "__file__", None)) for name, module in sys.modules.items()]
    return [
        path
        for name, path in modules
        if path is not None and (name.partition(".")[0] in OWN_PACKAGES or "." not in name)
    ]


def _state(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
