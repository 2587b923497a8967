"""
The domain of the account is chosen without a question.

`AccountArguments.__setDomain` (senza/definitions.py) asks on the terminal when more than one hosted zone fits; without a
terminal Senza ends with "Please select the domain (1-2): Aborted!". Here the most specific zone of a given domain is taken.
Where no domain is given, one sentence says what to set.

Upstream: https://github.com/zalando-stups/senza/issues/121.
"""

from ..definition_error import definition_error

REPLACES = {
    "senza.definitions:AccountArguments.split_domain": "de9da44c3fcd7a66",
    "senza.definitions:AccountArguments.Domain": "14a0073e758e2dc3",
    "senza.definitions:AccountArguments._AccountArguments__setDomain": "ab56f579a3e0dadc",
}


def apply() -> None:
    from senza.definitions import AccountArguments

    AccountArguments._AccountArguments__setDomain = _set_domain


def _set_domain(account, domain_name: str | None = None) -> str:
    from senza.manaus.route53 import Route53

    zones = sorted({zone.domain_name for zone in Route53.get_hosted_zones()})
    if domain_name is None:
        fitting = zones
    else:
        name = domain_name.rstrip(".").lower()
        fitting = [zone for zone in zones if f".{name}".endswith(f".{zone.lower()}")]
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
