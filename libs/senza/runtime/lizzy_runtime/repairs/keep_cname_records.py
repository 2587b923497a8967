"""
CNAME records of a domain are not lost.

Beside a CNAME record Route 53 accepts no A record of the same name. So Senza turns them into aliases when it renders a load
balancer, in a dry run and for `senza print` too, and when it switches traffic (`convert_cname_records_to_alias`,
senza/manaus/route53.py). It deletes them first: a record of anything but a classic load balancer of the account is lost,
with its traffic, because no alias of it is created. Here a dry run changes nothing; what can be converted is replaced in one
batch, which Route 53 applies as a whole or not at all; anything else is refused before any change. A switch converts nothing
(weights_per_domain): it sets the weights of CNAME records as they are.

Upstream: https://github.com/zalando-stups/senza/issues/383 (a switch of an application with CNAME records).
"""

import re
from typing import Any

import click

from ..definition_error import definition_error
from ..weighted_records import WeightedRecord, read_records

REPLACES = {
    "senza.manaus.route53:convert_cname_records_to_alias": "c31aa8157e94302e",
    "senza.manaus.elb:ELB.get_by_dns_name": "7c71a7f9fda23d04",
}

CLASSIC_BALANCER = re.compile(r"^[^.]+\.[a-z0-9-]+\.elb\.amazonaws\.com")


def apply() -> None:
    from senza.manaus import route53

    from .replacing import replace

    replace(route53.convert_cname_records_to_alias, convert_cname_records)


def convert_cname_records(domain: str) -> None:
    records = [record for record in read_records(domain) if record.type == "CNAME"]
    aliases = [(record, _alias(record)) for record in records]
    for record, alias in aliases:
        if alias is None:
            name = f'{domain.rstrip(".")} ("{record.identifier}")' if record.identifier else domain.rstrip(".")
            raise definition_error(
                f"{name} is a CNAME record, beside which Route 53 accepts no A record, and its target is no classic load "
                f"balancer of the account: replace it by an A record, or delete it"
            )
    command = click.get_current_context().params
    if command.get("dry_run", True):
        # `senza print` has no such option.
        return
    for zone_id in dict.fromkeys(record.zone_id for record in records):
        _replace(zone_id, [(record, alias) for record, alias in aliases if record.zone_id == zone_id])


def _alias(record: WeightedRecord) -> dict[str, Any] | None:
    """The alias record for a CNAME record of a classic load balancer; None for any other."""
    from senza.manaus.elb import ELB
    from senza.manaus.exceptions import ELBNotFound

    values = [each["Value"].rstrip(".") for each in record.record_set.get("ResourceRecords") or []]
    if len(values) != 1 or not CLASSIC_BALANCER.fullmatch(values[0]):
        return None
    try:
        balancer = ELB.get_by_dns_name(values[0])
    except ELBNotFound:
        return None
    kept = {key: value for key, value in record.record_set.items() if key not in ("TTL", "ResourceRecords")}
    target = {"HostedZoneId": balancer.hosted_zone.id, "DNSName": values[0], "EvaluateTargetHealth": False}
    return {**kept, "Type": "A", "AliasTarget": target}


def _replace(zone_id: str, aliases: list[tuple[WeightedRecord, dict[str, Any]]]) -> None:
    from senza.manaus.boto_proxy import BotoClientProxy

    deletions = [{"Action": "DELETE", "ResourceRecordSet": record.record_set} for record, _ in aliases]
    creations = [{"Action": "CREATE", "ResourceRecordSet": alias} for _, alias in aliases]
    BotoClientProxy("route53").change_resource_record_sets(
        HostedZoneId=zone_id, ChangeBatch={"Comment": "Replace CNAME records by aliases", "Changes": deletions + creations}
    )
