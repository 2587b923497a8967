"""Weighted Route 53 records of CloudFormation stacks.

AWS: names are stored in lower case with a dot at their end; the physical id of a record is the name in the template without that dot;
changing one weighted record leaves those of the same name with another SetIdentifier alone; a record that exists already
is not created. moto keeps the dot in the id (`senza domains` then shows no weight, `senza traffic` reads 0), drops the
records of all other versions, and creates duplicates.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-route53-recordset.html
"""

from typing import Any

from moto.route53 import models
from moto.utilities.utils import get_partition

from .record_rules import check_addition, key_of, normalized

original_init = models.RecordSet.__init__


def init(self: models.RecordSet, properties: dict[str, Any]) -> None:
    original_init(self, properties)
    self.name, self.given_name = normalized(self.name), self.name


def zone_of(properties: dict[str, Any], account_id: str, region: str) -> models.FakeZone:
    backend = models.route53_backends[account_id][get_partition(region)]
    name = properties.get("HostedZoneName")
    zone = backend.get_hosted_zone_by_name(name) if name else None
    if zone is None and "HostedZoneId" not in properties:
        raise ValueError(f"No hosted zones named {name} found")
    return zone or backend.get_hosted_zone(properties["HostedZoneId"])


def drop(zone: models.FakeZone, record: models.RecordSet) -> None:
    zone.rrsets[:] = [each for each in zone.rrsets if key_of(each) != key_of(record)]


def create(
    cls: type[models.RecordSet],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **kwargs: Any,
) -> models.RecordSet:
    properties = cloudformation_json["Properties"]
    zone, record = zone_of(properties, account_id, region_name), cls(properties)
    check_addition(zone, zone.rrsets, record)
    zone.rrsets.append(record)
    return record


def update(
    cls: type[models.RecordSet],
    original_resource: models.RecordSet,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> models.RecordSet:
    properties = cloudformation_json["Properties"]
    zone, record = zone_of(properties, account_id, region_name), cls(properties)
    others = [each for each in zone.rrsets if key_of(each) != key_of(original_resource)]
    check_addition(zone, others, record)
    zone.rrsets[:] = [*others, record]
    return record


def delete(self: models.RecordSet, account_id: str, region: str) -> None:
    properties = {"HostedZoneName": self.hosted_zone_name, "HostedZoneId": self.hosted_zone_id}
    drop(zone_of(properties, account_id, region), self)


def apply() -> None:
    models.RecordSet.__init__ = init
    models.RecordSet.physical_resource_id = property(lambda self: self.given_name.rstrip("."))
    models.RecordSet.create_from_cloudformation_json = classmethod(create)
    models.RecordSet.update_from_cloudformation_json = classmethod(update)
    models.RecordSet.delete = delete
