"""Records come in the order of names, types and set identifiers, and in pages that may end between set identifiers.

moto has neither an order of set identifiers nor NextRecordIdentifier.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.route53 import models, responses
from moto.route53.exceptions import InvalidInput

from ..settings import settings

RECORDS = 100
ZONES = 100
Response = responses.Route53


def place_of(name: str, type_: str, identifier: str) -> tuple[list[str], str, str]:
    """Names are ordered by their labels from the right: com.example.www."""
    return name.rstrip(".").lower().replace("*", "\\052").split(".")[::-1], type_, identifier


def place(record: models.RecordSet) -> tuple[list[str], str, str]:
    return place_of(record.name, str(record.type), record.set_identifier or "")


def list_resource_record_sets(self: Response) -> ActionResult:
    name, type_ = self._get_param("StartRecordName"), self._get_param("StartRecordType")
    identifier = self._get_param("StartRecordIdentifier")
    if (type_ and not name) or (identifier and not type_):
        raise InvalidInput("The input is not valid")
    records = sorted(self.backend.get_hosted_zone(self._get_param("HostedZoneId")).rrsets, key=place)
    if name:
        start = place_of(name, type_ or "", identifier or "")
        records = [record for record in records if place(record) >= start]
    size = min(self._get_int_param("MaxItems", RECORDS), settings.page_size or RECORDS)
    following = records[size] if len(records) > size else None
    result: dict[str, Any] = {
        "ResourceRecordSets": records[:size],
        "IsTruncated": following is not None,
        "MaxItems": size,
    }
    if following is not None:
        result["NextRecordName"] = following.name
        result["NextRecordType"] = following.type
        result["NextRecordIdentifier"] = following.set_identifier
    return ActionResult(result)


def list_hosted_zones(self: Response) -> ActionResult:
    marker = self._get_param("Marker")
    size = min(self._get_int_param("MaxItems", ZONES), settings.page_size or ZONES)
    zones, following = self.backend.list_hosted_zones(marker=marker, max_size=size)
    return ActionResult(
        {
            "HostedZones": zones,
            "Marker": marker,
            "IsTruncated": bool(following),
            "NextMarker": following,
            "MaxItems": size,
        }
    )


def apply() -> None:
    Response.list_resource_record_sets = list_resource_record_sets
    Response.list_hosted_zones = list_hosted_zones
