"""Resources of types that moto cannot create, such as AWS::AutoScaling::ScalingPolicy.

AWS lists every resource with its type. moto lists these without one, which makes `senza scale`, `patch` and
`respawn-instances` do their work and then exit 1.
"""

from typing import Any

from moto.cloudformation import models


class NotEmulated:
    """A resource that is in the template and nowhere else."""

    def __init__(self, stack: models.Stack, logical_id: str, type_: str) -> None:
        self.logical_resource_id = logical_id
        self.physical_resource_id = f"{stack.name}-{logical_id}"
        self.cf_resource_type = type_


def stack_resources(self: models.Stack) -> list[Any]:
    listed = []
    for logical_id, json in self.resource_map._resource_json_map.items():
        resource = self.resource_map._parsed_resources.get(logical_id)
        if resource is None or not getattr(resource, "cf_resource_type", None):
            resource = NotEmulated(self, logical_id, json.get("Type", ""))
        listed.append(resource)
    return listed


def apply() -> None:
    models.Stack.stack_resources = property(stack_resources)
