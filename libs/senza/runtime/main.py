"""Entry of the Senza runtime. To be started with `python -I`, which ignores the environment and the current directory.

    main.py serve SOCKET [--repairs=off]            the template process: forks one process for each command
    main.py run [--repairs=off] -- ARGUMENT...      one command in this process, when there is no template
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lizzy_runtime import cold, template  # noqa: E402


def main() -> None:
    mode, *rest = sys.argv[1:]
    repairs_wanted = "--repairs=off" not in rest[: rest.index("--") if "--" in rest else None]
    if mode == "serve":
        template.serve(rest[0], repairs_wanted)
    elif mode == "run":
        cold.run(rest[rest.index("--") + 1 :], repairs_wanted)
    else:
        raise SystemExit(__doc__)


main()
