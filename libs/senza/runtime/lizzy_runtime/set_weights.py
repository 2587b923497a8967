"""
`senza lizzy-set-weights FILE`: a command of the runtime that sets exact weights, of all domains at once.

Senza can only set the share of one version and divide the rest, in the same way in every domain of the version. A rollback
needs weights of its own for each domain. As with `senza traffic`, the weight of a version is changed by an update of its
stack, so its template has the current weight. A record that belongs to no stack is changed in Route 53. The command can be
repeated: it makes the remaining changes.

FILE is JSON:

    {"stack_name": NAME,
     "domains": [{"domain": DOMAIN, "type": RECORD TYPE or null, "weights": {IDENTIFIER: WEIGHT}}],
     "records": [{"zone": ID, "record": RECORD SET}]}

Weights are Route 53's. Records of a domain whose identifiers are not listed get the weight 0. With a type only the records
of that type are changed. `records` are record sets that belonged to no stack: a deleted one is created again when it gets a
weight.
"""

import json
from pathlib import Path
from typing import Any

import click

from .traffic_changes import TrafficChanges
from .traffic_plan import TrafficPlan, weights_of
from .weighted_records import WeightedRecord, read_records, weighted_of


def register() -> None:
    """Adds the command to those of Senza."""
    from senza.arguments import region_option, stacktrace_visible_option
    from senza.cli import cli

    @cli.command("lizzy-set-weights")
    @click.argument("path")
    @region_option
    @stacktrace_visible_option
    def command(path: str, region: str) -> None:
        """Set exact weights of weighted DNS records"""
        set_weights(json.loads(Path(path).read_text()), region)


def set_weights(wanted: dict[str, Any], region: str) -> None:
    from clickclick import action, ok
    from senza import traffic

    versions = list(traffic.get_stack_versions(wanted["stack_name"], region))
    owners = [each.identifier for each in versions]
    changes = TrafficChanges(region, [WeightedRecord(each["zone"], each["record"]) for each in wanted["records"]])
    rows: list[dict[str, Any]] = []
    for entry in wanted["domains"]:
        domain, record_type, weights = entry["domain"], entry["type"], entry["weights"]
        weighted = weighted_of(read_records(domain), owners)
        records = [record for record in weighted if record_type in (None, record.type)]
        before = weights_of(records, None, dict.fromkeys(weights))
        # What receives more is changed first: the domain is never without traffic.
        identifiers = sorted(before, key=lambda each: before[each] - weights.get(each, 0))
        after = {identifier: weights.get(identifier, 0) for identifier in identifiers}
        changes.add(domain, records, TrafficPlan(before, after), record_type)
        rows += [
            {"identifier": each, "domain": domain, "old_weight%": before[each] / 2, "new_weight%": after[each] / 2}
            for each in identifiers
        ]
    traffic.inform_sns([arn for each in versions for arn in each.notification_arns], rows, region)
    action("Setting weights for {names}..", names=", ".join(entry["domain"] for entry in wanted["domains"]))
    ok() if changes.apply() else ok(" not changed")

