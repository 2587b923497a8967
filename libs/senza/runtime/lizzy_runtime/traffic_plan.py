"""The weights of one domain after a switch. Weights are Route 53's; Senza gives all traffic the weight 200."""

from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping

from .weighted_records import WeightedRecord


@dataclass(frozen=True)
class TrafficPlan:
    before: dict[str, int]
    after: dict[str, int]
    deltas: dict[str, int] = field(default_factory=dict)
    compensations: dict[str, int] = field(default_factory=dict)
    # The version was the last one with traffic in this domain.
    removes_traffic: bool = False

    @property
    def changed(self) -> dict[str, int]:
        return {name: weight for name, weight in self.after.items() if weight != self.before[name]}


def weights_of(
    records: Iterable[WeightedRecord], identifier: str | None, versions: Mapping[str, Any]
) -> dict[str, int]:
    """The weight of each identifier; a version without a record in this domain has 0. The A record counts before AAAA."""
    weights: dict[str, int] = {}
    for record in sorted(records, key=lambda each: each.type):
        if record.identifier is not None:
            weights.setdefault(record.identifier, record.weight or 0)
    for name in versions if identifier is None else (identifier, *versions):
        weights.setdefault(name, 0)
    return weights


def plan(
    before: dict[str, int], identifier: str, percentage: float, versions: Mapping[str, Any]
) -> TrafficPlan:
    """The weights that `senza traffic` would set, computed by its own functions. They add up to 200, or to 0."""
    from senza.traffic import FULL_PERCENTAGE, PERCENT_RESOLUTION, calculate_new_weights, compensate

    wanted = int(percentage * PERCENT_RESOLUTION)
    others = {name: weight for name, weight in before.items() if name != identifier and weight > 0}
    if not others and wanted == 0:
        return TrafficPlan(before, {name: 0 for name in before}, removes_traffic=True)
    compensations: dict[str, int] = {}
    delta = 0
    if others:
        delta = int((FULL_PERCENTAGE - wanted - sum(others.values())) / len(others))
    else:
        compensations[identifier] = FULL_PERCENTAGE - wanted
        wanted = FULL_PERCENTAGE
    after, deltas = calculate_new_weights(delta, identifier, before, wanted)
    error = FULL_PERCENTAGE - sum(after.values())
    if error and error < FULL_PERCENTAGE:
        # Only versions with traffic take the rounding error: the function would give it to others, too.
        taking = {name: after[name] for name in before if name == identifier or name in others}
        names = {name: versions.get(name) or "" for name in taking}
        compensate(error, compensations, identifier, taking, len(others), wanted, names)
        after.update(taking)
    if sum(after.values()) != FULL_PERCENTAGE:
        raise ValueError(f"the new weights add up to {sum(after.values())}, not to {FULL_PERCENTAGE}: {after}")
    return TrafficPlan(before, after, deltas, compensations)
