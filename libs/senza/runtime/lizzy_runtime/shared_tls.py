"""
Has all clients of a command verify AWS's certificates with one TLS context, which reads the trusted authorities once: those of
botocore's package in the template already, those of the operator (`AWS_CA_BUNDLE`, `REQUESTS_CA_BUNDLE`) when first used.

Each client makes a context of its own otherwise, and each connection reads 140 authorities: 20 milliseconds of processor time.
"""

import ssl
from typing import Any

import botocore.httpsession


def share() -> None:
    contexts: dict[str, ssl.SSLContext] = {}
    sessions = botocore.httpsession.URLLib3Session
    make_own_context = sessions._get_ssl_context

    def get_context(session: Any) -> ssl.SSLContext:
        if not session._verify:
            return make_own_context(session)
        path = botocore.httpsession.get_cert_path(session._verify)
        if path not in contexts:
            contexts[path] = _make_context(path)
        return contexts[path]

    sessions._get_ssl_context = get_context
    default = botocore.httpsession.get_cert_path(True)
    contexts[default] = _make_context(default)
    contexts[default].load_verify_locations(default)


def _make_context(authorities: str) -> ssl.SSLContext:
    """As botocore makes it; it reads nothing from the environment of this interpreter (`-I`)."""
    made, botocore.httpsession.SSLContext = botocore.httpsession.SSLContext, _Context
    try:
        context = botocore.httpsession.create_urllib3_context()
    finally:
        botocore.httpsession.SSLContext = made
    context.authorities = authorities
    return context


class _Context(ssl.SSLContext):
    """Reads one file of authorities, once."""

    authorities: str
    _has_read = False

    def load_verify_locations(self, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        if (cafile, capath, cadata) != (self.authorities, None, None):
            raise ValueError(f"the TLS context trusts the authorities of {self.authorities} only")
        if not self._has_read:
            super().load_verify_locations(cafile)
            self._has_read = True
