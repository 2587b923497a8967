"""
Updates that the stack policy denies, found before CloudFormation is called: it would accept the update and roll it back.

The agent reads the policy; the resources that the update changes are known here. Which changes replace a resource only
CloudFormation knows, so that Update:Replace is not checked.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

import json
from typing import Any, Optional

import click

from .template_rules import references


def check_stack_policy(data: dict[str, Any], region: Optional[str], denied: dict[str, list[str]]) -> None:
    """Raises an error of one sentence when the update would modify or delete a protected resource."""
    if not any(denied.values()):
        return
    name = data["StackName"]
    current, changed_parameters = _current(name, region, data["Parameters"])
    wanted = json.loads(data["TemplateBody"])["Resources"]
    for logical_id in denied.get("delete", []):
        if logical_id in current and logical_id not in wanted:
            raise _denial(name, "Update:Delete", logical_id)
    for logical_id in denied.get("modify", []):
        if logical_id not in current or logical_id not in wanted:
            continue
        # Other members of a resource, such as DependsOn, change without an update of the resource.
        before, after = (resources[logical_id].get("Properties", {}) for resources in (current, wanted))
        used = {target for _where, target in references(after, logical_id)}
        if before != after or used & changed_parameters:
            raise _denial(name, "Update:Modify", logical_id)


def _current(
    name: str, region: Optional[str], parameters: list[dict[str, Any]]
) -> tuple[dict[str, Any], set[str]]:
    """The resources of the stack's template, and the names of the parameters that the update changes."""
    from senza.manaus.boto_proxy import BotoClientProxy

    client = BotoClientProxy("cloudformation", region)
    template = client.get_template(StackName=name)["TemplateBody"]
    stack = client.describe_stacks(StackName=name)["Stacks"][0]
    # Stars are the value of a NoEcho parameter: whether it changes is not known.
    before = {
        each["ParameterKey"]: each["ParameterValue"]
        for each in stack.get("Parameters", [])
        if each["ParameterValue"].strip("*")
    }
    after = {each["ParameterKey"]: each.get("ParameterValue") for each in parameters}
    changed = {key for key, value in before.items() if after.get(key) is not None and str(after[key]) != value}
    # boto3 reads a template in JSON; one in YAML, which Senza does not write, is a text.
    return (template["Resources"] if isinstance(template, dict) else {}), changed


def _denial(stack: str, action: str, logical_id: str) -> click.ClickException:
    return click.ClickException(
        f"The stack policy of {stack} denies {action} of {logical_id}, which this update would change. Nothing was changed. "
        f"Change the policy (aws cloudformation set-stack-policy --stack-name {stack}), then try again"
    )
