"""Limits on calls per second.

Route 53: five requests per second and account, then `Throttling`; a change of a hosted zone while another one is being
processed is refused with `PriorRequestNotComplete`.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests
CloudFormation does not publish its rates, but throttles per account and region with the same answer.
https://repost.aws/knowledge-center/cloudformation-rate-exceeded-error
"""

import threading
import time
from dataclasses import dataclass
from typing import Optional

from .aws_request import AwsRequest
from .settings import settings

Refusal = tuple[str, int, str]

THROTTLED: Refusal = ("Throttling", 400, "Rate exceeded")
ZONE_BUSY: Refusal = (
    "PriorRequestNotComplete",
    400,
    "The request was rejected because Route 53 was still processing a prior request.",
)


@dataclass
class Bucket:
    """A token bucket that holds the calls of one second."""

    calls: float
    filled_at: float

    def take(self, per_second: float) -> bool:
        now = time.monotonic()
        capacity = max(per_second, 1.0)
        self.calls = min(capacity, self.calls + (now - self.filled_at) * per_second)
        self.filled_at = now
        if self.calls < 1:
            return False
        self.calls -= 1
        return True


_buckets: dict[str, Bucket] = {}
_zones_changed_at: dict[str, float] = {}
_lock = threading.Lock()


def refusal_of(request: AwsRequest) -> Optional[Refusal]:
    """AWS's refusal of a call that comes too early, or None; an accepted call is counted."""
    with _lock:
        if request.service == "cloudformation":
            return _throttle(f"cloudformation {request.region}", settings.cloudformation_calls_per_second)
        if request.service == "route53":
            return _throttle("route53", settings.route53_calls_per_second) or _refuse_busy_zone(request)
    return None


def _throttle(scope: str, per_second: float) -> Optional[Refusal]:
    if per_second == 0:
        return None
    bucket = _buckets.setdefault(scope, Bucket(per_second, time.monotonic()))
    return None if bucket.take(per_second) else THROTTLED


def _refuse_busy_zone(request: AwsRequest) -> Optional[Refusal]:
    if request.action != "ChangeResourceRecordSets":
        return None
    zone, now = request.hosted_zone or "", time.monotonic()
    if zone in _zones_changed_at and now - _zones_changed_at[zone] < settings.zone_busy_seconds:
        return ZONE_BUSY
    _zones_changed_at[zone] = now
    return None
