"""An AWS for Senza on one machine: moto's server, with what Senza and the tests need beyond it.

    python main.py [--port 0]
    python main.py --template SOCKET    forks an emulator for each connection, see emulator/template.py

Prints one JSON line with its port, or its socket, when it is ready, and exits when its standard input is closed, so that
it cannot outlive the process that started it. emulator/settings.py lists what the environment sets, emulator/control.py
what can be changed while it runs.
"""

import argparse
import gc
import json
import os
import sys
import threading

# Importing moto creates many objects and no garbage: without collections it takes a third less time.
gc.disable()

# moto reads the images when it is imported; they are what `Senza::StupsAutoConfiguration` looks for.
os.environ["MOTO_AMIS_PATH"] = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images.json")
# Certificates are issued at once: a load balancer with HTTPS needs an issued one.
os.environ["MOTO_ACM_VALIDATION_WAIT"] = "0"

from emulator import template  # noqa: E402


def end_with_parent() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--template", metavar="SOCKET", help="the path of the Unix socket to create")
    arguments = parser.parse_args()
    if arguments.template:
        # Before moto is loaded, which takes more than a second: connections wait for it.
        listener = template.listen(arguments.template)
        print(json.dumps({"socket": arguments.template}), flush=True)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        load()
        template.serve(listener)
    else:
        threading.Thread(target=end_with_parent, daemon=True).start()
        serve(arguments.host, arguments.port)


def load() -> None:
    from emulator.patches import apply_patches

    apply_patches()


def serve(host: str, port: int) -> None:
    load()
    from emulator import http_server
    from emulator.settings import settings

    settings.read_environment()
    server = http_server.make(host, port)
    gc.freeze()
    gc.enable()
    print(json.dumps({"host": host, "port": server.server_port}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
