"""A nested stack is one with its parent: it takes its parent's time, and fails its parent.

moto creates it beside the parent and takes no notice of its failure.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from typing import Any

from moto.cloudformation import models
from moto.cloudformation.utils import get_stack_from_s3_url
from moto.utilities.utils import get_partition

from . import stack_changes

IS_UP = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


class NestedStackFailed(RuntimeError):
    """A nested stack was not created. Its parent's event has its id; its own events stay."""

    def __init__(self, nested: models.Stack) -> None:
        super().__init__(f"Embedded stack {nested.stack_id} was not successfully created: {failure_of(nested)}")
        self.physical_resource_id = nested.stack_id


def create(
    cls: type[models.Stack],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **kwargs: Any,
) -> models.Stack:
    properties = cloudformation_json["Properties"]
    body = get_stack_from_s3_url(properties["TemplateURL"], account_id, get_partition(region_name))
    parameters = {key: str(value) for key, value in properties.get("Parameters", {}).items()}
    backend = models.cloudformation_backends[account_id][region_name]
    with stack_changes.immediately():
        nested = backend.create_stack(name=resource_name, template=body, parameters=parameters)
    nested.is_nested = True
    nested.parent_id = nested.root_id = kwargs.get("StackId")
    if nested.status not in IS_UP:
        raise NestedStackFailed(nested)
    return nested


def failure_of(nested: models.Stack) -> str:
    reasons = (
        event.resource_status_reason
        for event in nested.events
        if event.resource_status in ("ROLLBACK_IN_PROGRESS", "CREATE_FAILED")
        and event.physical_resource_id == nested.stack_id
    )
    return next(reasons, "")


def attribute(self: models.Stack, name: str) -> Any:
    """`Outputs.NAME`, the only attribute that nested stacks have."""
    output = self.output_map.get(name.removeprefix("Outputs."))
    return None if output is None else output.value


def physical_id(self: models.Stack) -> str:
    return self.stack_id


def apply() -> None:
    models.Stack.create_from_cloudformation_json = classmethod(create)
    models.Stack.get_cfn_attribute = attribute
    models.Stack.physical_resource_id = property(physical_id)
