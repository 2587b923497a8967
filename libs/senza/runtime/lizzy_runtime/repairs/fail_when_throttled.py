"""
A call that AWS throttles fails at once.

`BotoClientProxy` (senza/manaus/boto_proxy.py) sleeps five times ten seconds around botocore's own retries, without a word
and with the worker's slot occupied. Here the call fails after botocore's retries; the agent runs the step again later.

Upstream: https://github.com/zalando-stups/senza/pull/361 added it.
"""

REPLACES = {"senza.manaus.boto_proxy:BotoClientProxy": "b1e13311b7d73305"}


def apply() -> None:
    from senza.manaus.boto_proxy import BotoClientProxy

    def get_attribute(proxy, name: str):
        return getattr(proxy._BotoClientProxy__client, name)

    BotoClientProxy.__getattr__ = get_attribute
