"""`ssl.match_hostname`, which Senza 2.1.143 imports to choose certificates, and Python 3.12 has removed (python/cpython#94199)."""

import ssl
from typing import Any


def provide() -> None:
    """Adds the function to `ssl` where Python has none. urllib3 carries a copy of it."""
    if not hasattr(ssl, "match_hostname"):
        setattr(ssl, "match_hostname", _match_hostname)


def _match_hostname(certificate: dict[str, Any], hostname: str) -> None:
    from urllib3.util import ssl_match_hostname

    try:
        # As Python's own: the common name counts for certificates without alternative names.
        ssl_match_hostname.match_hostname(certificate, hostname, hostname_checks_common_name=True)
    except ssl_match_hostname.CertificateError as error:
        raise ssl.CertificateError(str(error)) from error
