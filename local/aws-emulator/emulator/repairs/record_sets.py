"""Weighted Route 53 records of CloudFormation stacks.

AWS: the physical id of a record is its name without the dot at its end, and changing one weighted record leaves those
of the same name with another SetIdentifier alone. moto keeps the dot (`senza domains` then shows no weight, `senza
traffic` reads 0) and drops the records of all other versions.
"""

from typing import Any

from moto.route53 import models
from moto.utilities.utils import get_partition


def zone_of(properties: dict[str, Any], account_id: str, region: str) -> models.FakeZone:
    backend = models.route53_backends[account_id][get_partition(region)]
    name = properties.get("HostedZoneName")
    zone = backend.get_hosted_zone_by_name(name) if name else None
    return zone or backend.get_hosted_zone(properties["HostedZoneId"])


def drop(zone: models.FakeZone, record: models.RecordSet) -> None:
    key = (record.name.rstrip("."), record.type, record.set_identifier)
    zone.rrsets[:] = [r for r in zone.rrsets if (r.name.rstrip("."), r.type, r.set_identifier) != key]


def update(
    cls: type[models.RecordSet],
    original_resource: models.RecordSet,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> models.RecordSet:
    properties = cloudformation_json["Properties"]
    zone = zone_of(properties, account_id, region_name)
    drop(zone, original_resource)
    return zone.add_rrset(properties)


def delete(self: models.RecordSet, account_id: str, region: str) -> None:
    properties = {"HostedZoneName": self.hosted_zone_name, "HostedZoneId": self.hosted_zone_id}
    drop(zone_of(properties, account_id, region), self)


def apply() -> None:
    models.RecordSet.physical_resource_id = property(lambda self: self.name.rstrip("."))
    models.RecordSet.update_from_cloudformation_json = classmethod(update)
    models.RecordSet.delete = delete
