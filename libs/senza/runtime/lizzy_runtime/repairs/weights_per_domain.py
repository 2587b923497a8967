"""
A traffic switch changes each weighted domain by its own weights.

`get_weights` and `set_new_weights` (senza/traffic.py) read the weights of all domains into one table, so that a version's
weight in one domain is used for another; they change the record that the last turn of a loop has left behind when a stack
lacks the domain; they count the A and the AAAA record of a name twice; they delete or replace a record that belongs to no
stack without its health check; and they leave a record alone that was changed by hand when the stack's template already
says the new weight. Here each domain is planned separately, with Senza's own arithmetic, everything is checked before the
first change, and a stack is changed in those domains only that it has.
"""

import collections
from typing import Any

import click

from .. import traffic_plan
from ..traffic_changes import TrafficChanges
from ..weighted_records import WeightedRecord, read_records, weighted_of

REPLACES = {
    "senza.traffic:change_version_traffic": "f92104c508044714",
    "senza.traffic:get_weights": "fb7e86fd7ac05b04",
    "senza.traffic:set_new_weights": "68678607054956f8",
    "senza.traffic:calculate_new_weights": "c6d6d8c02fce3787",
    "senza.traffic:compensate": "8d10757971c0dffb",
    "senza.traffic:get_stack_versions": "3afade0f4e355ea1",
    "senza.traffic:dump_traffic_changes": "0e5a1bdbea215c01",
    "senza.traffic:print_traffic_changes": "b63327f79e8fad72",
}


def apply() -> None:
    from senza import traffic

    from .. import set_weights
    from .replacing import replace

    replace(traffic.change_version_traffic, change_version_traffic)
    set_weights.register()


def change_version_traffic(stack_ref: Any, percentage: float, region: str) -> None:
    from clickclick import Action, action, ok
    from senza import traffic

    versions = list(traffic.get_stack_versions(stack_ref.name, region))
    version = traffic.get_version(versions, stack_ref.version)
    known_versions = collections.OrderedDict((each.identifier, each.version) for each in versions)
    if not version.domain:
        raise click.UsageError(f"Stack {version.name} version {version.version} has no domain")
    changes = TrafficChanges(region)
    domains = {}
    plans = {}
    with Action("Calculating new weights.."):
        for name in dict.fromkeys(version.dns_name):
            found = read_records(name)
            domains[name] = records = weighted_of(found, known_versions)
            # A domain whose last record was deleted gets it again by the update of the version's stack.
            is_gone = not found and changes.has_weighted_record(version.identifier, name)
            if is_gone or records:
                weights = traffic_plan.weights_of(records, version.identifier, known_versions)
                plans[name] = traffic_plan.plan(weights, version.identifier, percentage, known_versions)
    if not plans:
        raise click.UsageError(f"Stack {version.name} version {version.version} has no weighted domain")
    for name in plans:
        _warn_about_types(name, domains[name], version.identifier, changes.types(version.identifier, name))
    rows = _print_changes(stack_ref.name, version.identifier, known_versions, plans, domains)
    for name, plan in plans.items():
        changes.add(name, domains[name], plan)
    if rows:
        traffic.inform_sns([arn for each in versions for arn in each.notification_arns], rows, region)
    action("Setting weights for {names}..", names=", ".join(plans))
    ok() if changes.apply() else ok(" not changed")


def _warn_about_types(domain: str, records: list[WeightedRecord], identifier: str, types: set[str]) -> None:
    """Senza cannot take IPv6 clients from older versions when the new one has no AAAA record: that is said in the log."""
    own = types | {record.type for record in records if record.identifier == identifier}
    if "CNAME" in own:
        own |= {"A", "AAAA"}  # Of a name with a CNAME record there are no others, or it was converted.
    for left in sorted({record.type for record in records if record.weight} - own):
        click.echo(
            f"Warning: {identifier} has no {left} record of {domain.rstrip('.')}: the {left} records of other versions stay in "
            f"use, whatever their weight, until their stacks are deleted",
            err=True,
        )


def _print_changes(
    stack_name: str, identifier: str, versions: dict[str, str], plans: dict[str, Any], domains: dict[str, list]
) -> list[dict[str, Any]]:
    """
    Prints Senza's table. With several domains each row names its own, and a domain has rows for those only that have a
    record in it. No rows where no version keeps traffic.
    """
    from clickclick import ok, print_table
    from senza import traffic

    rows = []
    for name, plan in plans.items():
        if plan.removes_traffic:
            ok(msg=f'DNS record "{name}" will be removed from that stack')
            continue
        table = traffic.dump_traffic_changes(
            stack_name, identifier, versions, plan.before, plan.after, plan.compensations, plan.deltas
        )
        if len(plans) == 1:
            rows = table
        else:
            here = {record.identifier for record in domains[name]}
            rows += [{**row, "domain": name.rstrip(".")} for row in table if row["identifier"] in here]
    columns = ["stack_name", "version", "identifier", "old_weight%", "delta", "compensation", "new_weight%", "current"]
    if rows:
        print_table(columns if len(plans) == 1 else [*columns, "domain"], rows)
    return rows
