"""Executes the plan for the domains of a switch."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import click
from botocore.exceptions import WaiterError

from .template_upload import template_argument
from .traffic_plan import TrafficPlan
from .weighted_records import WeightedRecord
from .weighted_resources import is_weighted

# What CloudFormation accepts as the name of a stack; a record's identifier can be any text.
STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
# Seconds, and how often: two minutes.
UPDATE_WAIT = {"Delay": 2, "MaxAttempts": 60}


@dataclass(eq=False)
class StackChange:
    """The weights of one stack. `records` are those that CloudFormation would not touch: its template says them already."""

    stack: Any
    changes_template: bool = False
    # Whether a domain has no record of the stack before its update.
    creates_record: bool = False
    records: list[tuple[WeightedRecord, int]] = field(default_factory=list)


class TrafficChanges:
    """Collects the changes of all domains first, so that what cannot be done is found before anything is changed."""

    def __init__(self, region: str, restorable: list[WeightedRecord] | None = None) -> None:
        """With `restorable` records that belong to no stack are restored, and none is deleted: its weight becomes 0."""
        self._region = region
        self._restorable = restorable
        self._stacks: dict[str, StackChange | None] = {}
        # Those that are changed, in the order of the plan.
        self._changes: list[StackChange] = []
        # Records that no stack of this region owns.
        self._unowned: list[tuple[WeightedRecord, int]] = []

    def add(
        self, domain: str, records: list[WeightedRecord], plan: TrafficPlan, record_type: str | None = None
    ) -> None:
        """`record_type`: of a stack, only its records of this type (`AAAA`)."""
        for identifier, weight in plan.after.items():
            own = [record for record in records if record.identifier == identifier]
            if all(record.weight == weight for record in own) and weight == plan.before[identifier]:
                continue
            change = self._stack(identifier)
            resources = [] if change is None else _record_sets(change.stack, domain, record_type)
            if change is not None and resources:
                if change not in self._changes:
                    self._changes.append(change)
                change.creates_record = change.creates_record or not own
                self._change_stack(change, resources, own, weight)
            elif own:
                self._unowned += [(record, weight) for record in own]
            elif weight:
                gone = self._gone(domain, identifier, record_type)
                if not gone:
                    raise click.ClickException(f"The stack {identifier} has no record of {domain.rstrip('.')}")
                self._unowned += [(record, weight) for record in gone]

    def has_weighted_record(self, identifier: str, domain: str) -> bool:
        """Whether the template of a stack has a weighted record of that name, even if Route 53 has none."""
        change = self._stack(identifier)
        return change is not None and bool(_record_sets(change.stack, domain))

    def types(self, identifier: str, domain: str) -> set[str]:
        """The types of a stack's weighted records of that name."""
        change = self._stack(identifier)
        records = [] if change is None else _record_sets(change.stack, domain)
        return {properties["Type"] for properties in records}

    def _gone(self, domain: str, identifier: str, record_type: str | None) -> list[WeightedRecord]:
        return [
            record
            for record in self._restorable or []
            if record.identifier == identifier
            and record_type in (None, record.type)
            and _plain(record.record_set["Name"]) == _plain(domain)
        ]

    def apply(self) -> bool:
        """Whether anything was changed."""
        from senza.manaus.exceptions import StackNotUpdated

        changed = False
        for change in self._changes:
            if change.changes_template:
                # A template that is too large for a request is in its bucket before the first update.
                template_argument(change.stack.name, self._region, _template_body(change.stack))
        for change in self._changes:
            if change.changes_template:
                try:
                    change.stack.update()
                    changed = True
                except StackNotUpdated:
                    pass
            for record, weight in change.records:
                changed = _set_weight(record, weight) or changed
        removes = self._restorable is None
        if any(weight == 0 for _record, weight in self._unowned):
            # Otherwise a domain could be without any record for as long as the update takes.
            for change in self._changes:
                if change.creates_record and change.changes_template:
                    self._wait_until_updated(change.stack)
        for record, weight in self._unowned:
            changed = (_delete(record) if removes and not weight else _set_weight(record, weight)) or changed
        return changed

    def _wait_until_updated(self, stack: Any) -> None:
        from senza.manaus.boto_proxy import BotoClientProxy

        waiter = BotoClientProxy("cloudformation", self._region).get_waiter("stack_update_complete")
        try:
            waiter.wait(StackName=stack.name, WaiterConfig=UPDATE_WAIT)
        except WaiterError as error:
            raise click.ClickException(
                f"The update of the stack {stack.name}, which makes its record, has not completed; the records that belong "
                f"to no stack keep their weights"
            ) from error

    def _stack(self, name: str) -> StackChange | None:
        from senza.manaus.cloudformation import CloudFormationStack
        from senza.manaus.exceptions import StackNotFound

        if not STACK_NAME.fullmatch(name):
            return None
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
        # Of a record that was turned into an alias CloudFormation would make a CNAME record again, which Route 53 refuses.
        if own and all(record.type != "CNAME" for record in own):
            resources = [properties for properties in resources if properties.get("Type") != "CNAME"]
        differing = [properties for properties in resources if properties.get("Weight") not in (weight, str(weight))]
        for properties in resources:
            properties["Weight"] = weight
        lost = _lost_records(resources, differing, own) if weight else []
        for properties in lost:
            # CloudFormation writes a record again when any property of it has changed.
            properties["Comment"] = f"Restored at {datetime.now(timezone.utc).isoformat()}"
        change.changes_template = change.changes_template or bool(differing or lost)
        types = {properties.get("Type") for properties in differing}
        change.records += [
            (record, weight) for record in own if record.weight != weight and record.type not in types
        ]


def _lost_records(
    resources: list[dict[str, Any]], differing: list[dict[str, Any]], own: list[WeightedRecord]
) -> list[dict[str, Any]]:
    """
    The records that Route 53 does not have although the template says their weight already: a switch to 100 % of a version
    of another region has deleted them.
    """
    types = {record.type for record in own}
    return [
        properties
        for properties in resources
        if properties not in differing and properties.get("Type") not in types
    ]


def _record_sets(stack: Any, domain: str, record_type: str | None = None) -> list[dict[str, Any]]:
    """The properties of the weighted records of that name in the stack's template: an A and an AAAA record, for example."""
    if not isinstance(stack.template, dict):
        raise click.ClickException(f"The template of the stack {stack.name} is not JSON, as Senza writes it")
    resources = {
        name: resource["Properties"]
        for name, resource in stack.template.get("Resources", {}).items()
        if is_weighted(resource)
    }
    wanted = domain.rstrip(".").lower()
    computed = any(not isinstance(properties.get("Name"), str) for properties in resources.values())
    names = _physical_names(stack) if computed else {}
    return [
        properties
        for logical_id, properties in resources.items()
        if _plain(properties["Name"] if isinstance(properties["Name"], str) else names.get(logical_id, "")) == wanted
        and record_type in (None, properties.get("Type"))
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
