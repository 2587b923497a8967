"""
A security group that does not exist is named.

`resolve_security_group` (senza/aws.py) puts the result of its search into the variable with the name, and says `Security
Group "None" does not exist`.
"""

from typing import Any

REPLACES = {"senza.aws:resolve_security_group": "18a077e8335e6e7a"}


def apply() -> None:
    from senza import aws
    from senza.exceptions import SecurityGroupNotFound

    from .replacing import replace

    resolve = aws.resolve_security_group

    def resolve_named(security_group: Any, region: str) -> str:
        try:
            return resolve(security_group, region)
        except SecurityGroupNotFound:
            raise SecurityGroupNotFound(security_group) from None

    replace(resolve, resolve_named)
