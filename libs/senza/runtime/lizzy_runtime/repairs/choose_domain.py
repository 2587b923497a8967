"""
The domain of the account is chosen without a question, and so is the hosted zone of a domain.

`AccountArguments.__setDomain` (senza/definitions.py) asks on the terminal when more than one hosted zone fits; without a
terminal Senza ends with "Please select the domain (1-2): Aborted!". Here the most specific zone of a given domain is taken.
Where no domain is given, one sentence says what to set.

`Route53.get_hosted_zones` (senza/manaus/route53.py) compares ends of texts, so that `myexample.org` is in the zone
`example.org`, and returns the zones in Route 53's order: a load balancer with the domain `web.a.example.org` would get the
record `web.example.org` when `example.org` comes before `a.example.org`. Here the most specific zone comes first, and a domain
is split at that zone, also when it ends with a dot or is written in upper case.
"""

from collections.abc import Iterator
from typing import Any

from ..definition_error import definition_error

REPLACES = {
    "senza.definitions:AccountArguments.split_domain": "de9da44c3fcd7a66",
    "senza.definitions:AccountArguments.Domain": "14a0073e758e2dc3",
    "senza.definitions:AccountArguments._AccountArguments__setDomain": "ab56f579a3e0dadc",
    "senza.manaus.route53:Route53.get_hosted_zones": "ef38e8c3fd7a5f75",
}


def apply() -> None:
    from senza.definitions import AccountArguments

    from senza.manaus.route53 import Route53

    get_hosted_zones = Route53.get_hosted_zones

    def get_zones(domain_name: str | None = None, id: str | None = None) -> Iterator[Any]:
        zones = get_hosted_zones(id=id)
        if domain_name is None:
            return zones
        fitting = [zone for zone in zones if _covers(zone.domain_name, domain_name)]
        return iter(sorted(fitting, key=lambda zone: len(zone.name), reverse=True))

    AccountArguments._AccountArguments__setDomain = _set_domain
    AccountArguments.split_domain = _split_domain
    Route53.get_hosted_zones = staticmethod(get_zones)


def _covers(zone: str, domain: str) -> bool:
    return f".{domain.rstrip('.').lower()}".endswith(f".{zone.lower()}")


def _split_domain(account, domain_name: str) -> tuple[str, str]:
    name, zone = domain_name.rstrip("."), _set_domain(account, domain_name)
    if name.lower().endswith(f".{zone.lower()}"):
        return name[: -len(zone) - 1], zone
    first, _dot, rest = name.partition(".")
    return first, rest


def _set_domain(account, domain_name: str | None = None) -> str:
    from senza.manaus.route53 import Route53

    zones = sorted({zone.domain_name for zone in Route53.get_hosted_zones()})
    fitting = zones if domain_name is None else [zone for zone in zones if _covers(zone, domain_name)]
    if not fitting:
        wanted = "" if domain_name is None else f" for the domain {domain_name}"
        raise definition_error(f"the account has no hosted zone{wanted}: {', '.join(zones) or 'it has none at all'}")
    if domain_name is None and len(fitting) > 1:
        raise definition_error(
            f"the account has several hosted zones ({', '.join(fitting)}); choose one by MainDomain and VersionDomain of"
            " the component, or write the domain instead of {{AccountInfo.Domain}}"
        )
    account._AccountArguments__Domain = max(fitting, key=len)
    return account._AccountArguments__Domain
