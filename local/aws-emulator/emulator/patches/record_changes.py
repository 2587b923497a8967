"""A change batch of Route 53 is applied as a whole or not at all, is PENDING first, and needs exact values to delete.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests-changeresourcerecordsets
"""

import copy
import itertools
import time
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.route53 import models, responses
from moto.route53.exceptions import InvalidActionValue, Route53ClientError

from ..settings import settings
from .record_rules import InvalidChangeBatch, check_addition, described, key_of

MOST_VALUE_CHARACTERS = 32_000
Response = responses.Route53
original_call = Response.change_resource_record_sets
_submitted: dict[str, tuple[float, Any]] = {}
_numbers = itertools.count(1)


class NoSuchChange(Route53ClientError):
    def __init__(self, change_id: str) -> None:
        super().__init__("NoSuchChange", f"Could not find resource with ID: {change_id}")


def change_records(self: models.Route53Backend, zoneid: str, change_list: list[dict[str, Any]]) -> None:
    zone = self.get_hosted_zone(zoneid)
    records = list(zone.rrsets)
    characters = 0
    for change in change_list:
        properties = copy.deepcopy(change["ResourceRecordSet"])
        properties["ResourceRecords"] = [each["Value"] for each in properties.get("ResourceRecords") or []]
        # UPSERT counts twice.
        characters += sum(map(len, properties["ResourceRecords"])) * (2 if change["Action"] == "UPSERT" else 1)
        records = changed(zone, records, change["Action"], models.RecordSet(properties))
    if characters > MOST_VALUE_CHARACTERS:
        raise InvalidChangeBatch(f"Maximum number of characters in Value elements exceeded: {characters}")
    zone.rrsets[:] = records


def changed(
    zone: models.FakeZone, records: list[models.RecordSet], action: str, record: models.RecordSet
) -> list[models.RecordSet]:
    others = [each for each in records if key_of(each) != key_of(record)]
    if action == "CREATE":
        check_addition(zone, records, record)
        return [*records, record]
    if action == "UPSERT":
        check_addition(zone, others, record)
        return [*others, record]
    if action != "DELETE":
        raise InvalidActionValue(action)
    if len(others) == len(records):
        raise InvalidChangeBatch(f"Tried to delete resource record set {described(record)} but it was not found")
    current = next(each for each in records if key_of(each) == key_of(record))
    if values_of(current) != values_of(record):
        raise InvalidChangeBatch(
            f"Tried to delete resource record set {described(record)} but the values provided do not match the "
            "current values"
        )
    return others


def values_of(record: models.RecordSet) -> tuple[Any, ...]:
    def number(value: Any) -> Any:
        return None if value is None else int(value)

    return number(record.ttl), number(record.weight), sorted(record.records or []), bool(record.alias_target)


def change_resource_record_sets(self: Response) -> ActionResult:
    answer = original_call(self)
    change_id = f"/change/C{next(_numbers):013d}"
    _submitted[change_id.rsplit("/", 1)[-1]] = time.time(), utcnow()
    answer.result["ChangeInfo"].update(Id=change_id, Status="PENDING")
    return answer


def get_change(self: Response) -> ActionResult:
    change_id = self._get_param("Id").rsplit("/", 1)[-1]
    if change_id not in _submitted:
        raise NoSuchChange(change_id)
    at, submitted_at = _submitted[change_id]
    status = "INSYNC" if time.time() - at >= settings.record_pending_seconds else "PENDING"
    return ActionResult({"ChangeInfo": {"Id": f"/change/{change_id}", "Status": status, "SubmittedAt": submitted_at}})


def apply() -> None:
    models.Route53Backend.change_resource_record_sets = change_records
    Response.change_resource_record_sets = change_resource_record_sets
    Response.get_change = get_change
