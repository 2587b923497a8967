"""The HTTP server: werkzeug's, with moto behind the proxy."""

from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from . import seed
from .proxy import Proxy


class QuietHandler(MotoRequestHandler):
    """The call record holds more than an access log would."""

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        pass


def make(host: str, port: int) -> BaseWSGIServer:
    dispatcher = DomainDispatcherApplication(create_backend_app)
    seed.account()
    return make_server(host, port, Proxy(dispatcher), threaded=True, request_handler=QuietHandler)
