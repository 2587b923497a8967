"""Carries out what was planned for the domains of a switch."""

from dataclasses import dataclass, field
from typing import Any

import click

from .template_size import check_template_size
from .traffic_plan import TrafficPlan
from .weighted_records import WeightedRecord

RECORD_SET = "AWS::Route53::RecordSet"


@dataclass
class StackChange:
    """The weights of one stack. `records` are those that CloudFormation would not touch: its template says them already."""

    stack: Any
    changes_template: bool = False
    records: list[tuple[WeightedRecord, int]] = field(default_factory=list)


class TrafficChanges:
    """Collects the changes of all domains first, so that what cannot be done is found before anything is changed."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._stacks: dict[str, StackChange | None] = {}
        # Records that no stack of this region owns.
        self._unowned: list[tuple[WeightedRecord, int]] = []

    def add(self, domain: str, records: list[WeightedRecord], plan: TrafficPlan) -> None:
        for identifier, weight in plan.after.items():
            own = [record for record in records if record.identifier == identifier]
            if all(record.weight == weight for record in own) and weight == plan.before[identifier]:
                continue
            change = self._stack(identifier)
            resources = [] if change is None else _record_sets(change.stack, domain)
            if change is not None and resources:
                self._change_stack(change, resources, own, weight)
            elif own:
                self._unowned += [(record, weight) for record in own]
            elif weight:
                raise click.ClickException(f"The stack {identifier} has no record of {domain.rstrip('.')}")

    def apply(self) -> bool:
        """Whether anything was changed."""
        from senza.manaus.exceptions import StackNotUpdated

        changed = False
        changes = [change for change in self._stacks.values() if change is not None]
        for change in changes:
            if change.changes_template:
                check_template_size(change.stack.name, _template_body(change.stack))
        for change in changes:
            if change.changes_template:
                try:
                    change.stack.update()
                    changed = True
                except StackNotUpdated:
                    pass
            for record, weight in change.records:
                changed = _set_weight(record, weight) or changed
        for record, weight in self._unowned:
            changed = (_set_weight(record, weight) if weight else _delete(record)) or changed
        return changed

    def _stack(self, name: str) -> StackChange | None:
        from senza.manaus.cloudformation import CloudFormationStack
        from senza.manaus.exceptions import StackNotFound

        if name not in self._stacks:
            try:
                self._stacks[name] = StackChange(CloudFormationStack.get_by_stack_name(name, region=self._region))
            except StackNotFound:
                self._stacks[name] = None
        return self._stacks[name]

    @staticmethod
    def _change_stack(
        change: StackChange, resources: list[dict[str, Any]], own: list[WeightedRecord], weight: int
    ) -> None:
        differing = [properties for properties in resources if properties.get("Weight") not in (weight, str(weight))]
        for properties in resources:
            properties["Weight"] = weight
        change.changes_template = change.changes_template or bool(differing)
        types = {properties.get("Type") for properties in differing}
        if "CNAME" in types:
            types |= {"A", "AAAA"}  # Senza has converted the record.
        change.records += [
            (record, weight) for record in own if record.weight != weight and record.type not in types
        ]


def _record_sets(stack: Any, domain: str) -> list[dict[str, Any]]:
    """The properties of the weighted records of that name in the stack's template: an A and an AAAA record, for example."""
    if not isinstance(stack.template, dict):
        raise click.ClickException(f"The template of the stack {stack.name} is not JSON, as Senza writes it")
    resources = {
        name: resource["Properties"]
        for name, resource in stack.template.get("Resources", {}).items()
        if resource.get("Type") == RECORD_SET and "SetIdentifier" in resource.get("Properties", {})
    }
    wanted = domain.rstrip(".").lower()
    computed = any(not isinstance(properties.get("Name"), str) for properties in resources.values())
    names = _physical_names(stack) if computed else {}
    return [
        properties
        for logical_id, properties in resources.items()
        if _plain(properties["Name"] if isinstance(properties["Name"], str) else names.get(logical_id, "")) == wanted
    ]


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _physical_names(stack: Any) -> dict[str, str]:
    """The names that CloudFormation has computed, by logical id."""
    from senza.manaus.boto_proxy import BotoClientProxy

    pages = BotoClientProxy("cloudformation", stack.region).get_paginator("list_stack_resources")
    return {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId") or ""
        for page in pages.paginate(StackName=stack.stack_id)
        for resource in page["StackResourceSummaries"]
    }


def _template_body(stack: Any) -> str:
    from .repairs.keep_no_echo_values import template_body

    return template_body(stack)


def _set_weight(record: WeightedRecord, weight: int) -> bool:
    return _change("UPSERT", record, {**record.record_set, "Weight": weight})


def _delete(record: WeightedRecord) -> bool:
    return _change("DELETE", record, record.record_set)


def _change(action: str, record: WeightedRecord, record_set: dict[str, Any]) -> bool:
    from senza.manaus.boto_proxy import BotoClientProxy

    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record_set}]}
    BotoClientProxy("route53").change_resource_record_sets(HostedZoneId=record.zone_id, ChangeBatch=batch)
    return True
