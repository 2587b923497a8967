"""Writes the digests of the installed Senza into the repairs: to be run after a repair has been checked against it.

    .venv/bin/python libs/senza/runtime/write_digests.py
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from lizzy_runtime.repairs.digest import digest_of  # noqa: E402


def main() -> None:
    for module in sorted((HERE / "lizzy_runtime" / "repairs").glob("*.py")):
        text = module.read_text()
        new = re.sub(r'"(senza[\w.]*:[\w.]+)": "[^"]*"', lambda found: f'"{found[1]}": "{digest_of(found[1])}"', text)
        if new != text:
            module.write_text(new)
            print(module.name)


main()
