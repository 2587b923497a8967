"""What Route 53 requires of a record.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-entities
"""

from collections.abc import Iterable
from typing import Any, Optional

from moto.route53 import models
from moto.route53.exceptions import Route53ClientError

LARGEST_WEIGHT = 255
LONGEST_SET_IDENTIFIER = 128
MOST_WEIGHTED = 100
ROUTING = ("weight", "region", "failover", "geo_location", "multi_value_answer")
Key = tuple[str, str, Optional[str]]


class InvalidChangeBatch(Route53ClientError):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidChangeBatch", f"[{message}]")


def normalized(name: str) -> str:
    """Lower case, with a dot at the end, and a wildcard as an octal escape: as Route 53 lists it."""
    return name.rstrip(".").lower().replace("*", "\\052") + "."


def key_of(record: models.RecordSet) -> Key:
    return record.name, str(record.type), record.set_identifier


def described(record: models.RecordSet) -> str:
    identifier = f", set identifier='{record.set_identifier}'" if record.set_identifier else ""
    return f"[name='{record.name}', type='{record.type}'{identifier}]"


def check_addition(zone: models.FakeZone, others: Iterable[models.RecordSet], record: models.RecordSet) -> None:
    """Raises InvalidChangeBatch when Route 53 would refuse the record beside the others of its zone."""
    check_record(zone, record)
    same_name = [each for each in others if each.name == record.name]
    if any(key_of(each) == key_of(record) for each in same_name):
        raise InvalidChangeBatch(f"Tried to create resource record set {described(record)} but it already exists")
    conflict = next((each for each in same_name if conflicts(each, record)), None)
    if conflict is not None:
        raise InvalidChangeBatch(
            f"RRSet of type {record.type} with DNS name {record.name} is not permitted because a conflicting RRSet of "
            f"type {conflict.type} with the same DNS name already exists in zone {zone.name}."
        )
    weighted = [each for each in same_name if each.type == record.type and each.weight is not None]
    if record.weight is not None and len(weighted) >= MOST_WEIGHTED:
        raise InvalidChangeBatch(f"More than {MOST_WEIGHTED} weighted record sets for {record.name} {record.type}")


def conflicts(one: models.RecordSet, other: models.RecordSet) -> bool:
    if one.type != other.type:
        return "CNAME" in (one.type, other.type)
    # A record without a routing policy, or with another one, cannot be beside those that have one.
    return policy_of(one) != policy_of(other)


def policy_of(record: models.RecordSet) -> Optional[str]:
    return next((name for name in ROUTING if getattr(record, name) is not None), None)


def check_record(zone: models.FakeZone, record: models.RecordSet) -> None:
    if not f".{record.name}".endswith(f".{normalized(zone.name)}"):
        raise InvalidChangeBatch(f"RRSet with DNS name {record.name} is not permitted in zone {zone.name}")
    if (record.alias_target is None) == (record.ttl is None or not record.records):
        raise InvalidChangeBatch(
            f"Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]] in {described(record)}"
        )
    if policy_of(record) is None and record.set_identifier is not None:
        raise InvalidChangeBatch(f"Missing routing policy (weight, region, ...) with set identifier: {described(record)}")
    if policy_of(record) is not None and not record.set_identifier:
        raise InvalidChangeBatch(f"Missing set identifier with routing policy: {described(record)}")
    if len(record.set_identifier or "") > LONGEST_SET_IDENTIFIER:
        raise InvalidChangeBatch(f"Set identifier longer than {LONGEST_SET_IDENTIFIER} characters: {described(record)}")
    if record.weight is not None and not is_weight(record.weight):
        raise InvalidChangeBatch(f"Weight {record.weight} is not between 0 and {LARGEST_WEIGHT}: {described(record)}")


def is_weight(value: Any) -> bool:
    try:
        return 0 <= int(value) <= LARGEST_WEIGHT and float(value) == int(value)
    except (TypeError, ValueError):
        return False
