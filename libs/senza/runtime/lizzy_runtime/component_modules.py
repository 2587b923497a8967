"""
Finds the module of a component before Senza imports it.

Senza makes the name of a module of whatever a definition has as the type of a component. To import `NAME.components.X`, Python imports
NAME first, whether or not it has components: `Type: "test.autotest::X"` would run the tests of Python.
"""

import pkgutil
import sys
from typing import Optional, Sequence

from senza.utils import camel_case_to_underscore


def has_module(component_type: str) -> bool:
    """Whether Senza can import the module of this type, `PACKAGE::NAME`. Imports nothing itself."""
    package, _, name = (camel_case_to_underscore(part) for part in component_type.partition("::"))
    path: Optional[Sequence[str]] = sys.path
    for part in [*package.split("."), "components", *name.split(".")]:
        path = None if path is None or not part.isidentifier() else _find(part, path)
    return path is not None


def _find(name: str, path: Sequence[str]) -> Optional[list[str]]:
    """
    The directories of a package, `[]` for a module, None when there is neither. `importlib.util.find_spec` would import the packages
    around it.
    """
    directories: list[str] = []
    for entry in path:
        finder = pkgutil.get_importer(entry)
        spec = None if finder is None else finder.find_spec(name)
        if spec is not None and spec.loader is not None:
            return list(spec.submodule_search_locations or [])
        if spec is not None:
            # A directory without `__init__.py`: other entries can have more of the package.
            directories += spec.submodule_search_locations or []
    return directories or None
