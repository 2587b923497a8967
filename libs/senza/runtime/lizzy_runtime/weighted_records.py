"""The address records of a domain, as Route 53 has them."""

from dataclasses import dataclass
from typing import Any, Collection, Iterator

ADDRESS_TYPES = ("A", "AAAA", "CNAME")


@dataclass(frozen=True)
class WeightedRecord:
    zone_id: str
    # As Route 53 returned it: an upsert or a deletion needs all of it.
    record_set: dict[str, Any]

    @property
    def identifier(self) -> str | None:
        return self.record_set.get("SetIdentifier")

    @property
    def weight(self) -> int | None:
        return self.record_set.get("Weight")

    @property
    def type(self) -> str:
        return self.record_set["Type"]


def read_records(domain: str) -> list[WeightedRecord]:
    """All address records of that name, in every zone that can hold it: a public and a private one may have the same."""
    from senza.manaus.route53 import Route53

    name = f"{domain.rstrip('.').lower()}."
    zones = [zone for zone in Route53.get_hosted_zones() if f".{name}".endswith(f".{zone.name.lower()}")]
    return [WeightedRecord(zone.id, record) for zone in zones for record in _records(zone.id, name)]


def weighted_of(records: list[WeightedRecord], identifiers: Collection[str]) -> list[WeightedRecord]:
    """
    The records with a weight, of the hosted zones in which one of these versions has one; of all zones when none has. Records
    with another routing policy (latency, failover) are not part of a switch, nor is a zone that only others use: a private zone
    of the same name, for example, would be left without any record.
    """
    weighted = [record for record in records if record.weight is not None]
    zones = {record.zone_id for record in weighted if record.identifier in identifiers}
    return [record for record in weighted if not zones or record.zone_id in zones]


def _records(zone_id: str, name: str) -> Iterator[dict[str, Any]]:
    from senza.manaus.boto_proxy import BotoClientProxy

    client = BotoClientProxy("route53")
    # Route 53 writes a wildcard as an octal escape ("DNS domain name format" in its developer guide).
    escaped = name.replace("*", "\\052")
    page: dict[str, Any] = {"StartRecordName": escaped}
    while True:
        response = client.list_resource_record_sets(HostedZoneId=zone_id, **page)
        for record in response["ResourceRecordSets"]:
            if record["Name"].lower() != escaped:
                return
            if record["Type"] in ADDRESS_TYPES:
                yield record
        if not response["IsTruncated"]:
            return
        page = {
            start: response[following]
            for start, following in (
                ("StartRecordName", "NextRecordName"),
                ("StartRecordType", "NextRecordType"),
                ("StartRecordIdentifier", "NextRecordIdentifier"),
            )
            if following in response
        }
