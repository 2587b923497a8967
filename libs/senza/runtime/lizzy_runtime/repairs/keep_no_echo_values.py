"""
An update of a stack keeps the values of its parameters.

`CloudFormationStack.update` (senza/manaus/cloudformation.py), which every traffic switch calls, sends the values that
DescribeStacks shows; a NoEcho parameter shows `****`, and is overwritten with that. Here CloudFormation is asked to keep
each value (`UsePreviousValue` of UpdateStack). The template is written without spaces, as at the creation: with them it may
become larger than CloudFormation accepts. One that is too large for a request is sent by S3 (template_upload.py).

Upstream: https://github.com/zalando-stups/senza/issues/435 (a switch sends the asterisks).
"""

import json

from botocore.exceptions import ClientError

from ..template_upload import template_argument

REPLACES = {
    "senza.manaus.cloudformation:CloudFormationStack.update": "35982b3016e42e92",
    "senza.manaus.cloudformation:CloudFormationStack.from_boto_dict": "5d3bfdec5327ec5e",
}


def apply() -> None:
    from senza.manaus.cloudformation import CloudFormationStack

    CloudFormationStack.update = _update


def _update(stack) -> None:
    from senza.manaus.boto_proxy import BotoClientProxy
    from senza.manaus.exceptions import StackNotUpdated

    template = template_argument(stack.name, stack.region, template_body(stack))
    try:
        BotoClientProxy("cloudformation", stack.region).update_stack(
            StackName=stack.name,
            **template,
            Parameters=[{"ParameterKey": name, "UsePreviousValue": True} for name in stack.parameters],
            Capabilities=stack.capabilities or [],
        )
    except ClientError as error:
        if error.response["Error"]["Message"] == "No updates are to be performed.":
            raise StackNotUpdated(stack.name) from None
        raise


def template_body(stack) -> str:
    return json.dumps(stack.template, separators=(",", ":"))
