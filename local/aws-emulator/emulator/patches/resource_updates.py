"""The effect of an update on a resource, and on those that refer to it.

A launch configuration is replaced, and its groups then use the new one; moto leaves them with the name of the deleted one.
moto cannot update some types, such as databases, and forgets such a resource; here it stays as it was.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from collections.abc import Callable
from typing import Any, Optional

from moto.autoscaling.models import FakeLaunchConfiguration, autoscaling_backends
from moto.cloudformation import parsing

def replace_launch_configuration(
    cls: type[FakeLaunchConfiguration],
    original_resource: FakeLaunchConfiguration,
    new_resource_name: str,
    cloudformation_json: Any,
    account_id: str,
    region_name: str,
) -> FakeLaunchConfiguration:
    replacement = cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
    for group in autoscaling_backends[account_id][region_name].autoscaling_groups.values():
        if group.launch_configuration_name == original_resource.name:
            group.launch_config, group.launch_configuration_name = replacement, replacement.name
    cls.delete_from_cloudformation_json(original_resource.name, cloudformation_json, account_id, region_name)
    return replacement


def keeping_the_resource(update: Callable[..., Optional[Any]]) -> Callable[..., Any]:
    def keep(logical_id: str, resource_json: dict[str, Any], resources_map: Any, **account: str) -> Any:
        updated = update(logical_id, resource_json, resources_map, **account)
        return resources_map[logical_id] if updated is None else updated

    return keep


def apply() -> None:
    parsing.parse_and_update_resource = keeping_the_resource(parsing.parse_and_update_resource)
    FakeLaunchConfiguration.update_from_cloudformation_json = classmethod(replace_launch_configuration)
