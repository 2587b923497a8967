"""CloudFormation's lists come newest first and in pages; moto gives everything at once.

The size of a page is AWS's own, or smaller where AWS allows that ("may return fewer"), so that code that reads only the
first page is found.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html
"""

from collections.abc import Callable
from typing import Any, Optional

from moto.cloudformation import responses
from moto.core.responses import ActionResult

from ..settings import settings

STACKS = 20
DESCRIBED_STACKS = 20
EVENTS = 100
RESOURCES = 100
Response = responses.CloudFormationResponse
original_resources = Response.list_stack_resources


def page(
    items: list[Any], key: Callable[[Any], str], token: Optional[str], size: int
) -> tuple[list[Any], Optional[str]]:
    """The token is the id of the last item shown: new items do not move the pages."""
    size = settings.page_size or size
    start = next((i + 1 for i, item in enumerate(items) if key(item) == token), 0) if token else 0
    shown = items[start : start + size]
    return shown, key(shown[-1]) if start + size < len(items) else None


def describe_stack_events(self: Response) -> ActionResult:
    events = self.cloudformation_backend.describe_stack_events(self._get_param("StackName"))[::-1]
    shown, token = page(events, lambda event: str(event.event_id), self._get_param("NextToken"), EVENTS)
    return ActionResult({"StackEvents": shown, "NextToken": token})


def list_stacks(self: Response) -> ActionResult:
    stacks = self.cloudformation_backend.list_stacks(self._get_param("StackStatusFilter", []))
    newest_first = sorted(stacks, key=lambda stack: stack.creation_time, reverse=True)
    shown, token = page(newest_first, lambda stack: stack.stack_id, self._get_param("NextToken"), STACKS)
    return ActionResult({"StackSummaries": shown, "NextToken": token})


def describe_stacks(self: Response) -> ActionResult:
    stacks = self.cloudformation_backend.describe_stacks(self._get_param("StackName"))
    shown, token = page(stacks, lambda stack: stack.stack_id, self._get_param("NextToken"), DESCRIBED_STACKS)
    return ActionResult({"Stacks": shown, "NextToken": token})


def list_stack_resources(self: Response) -> ActionResult:
    stack, _ = self.cloudformation_backend.list_stack_resources(self._get_param("StackName"))
    everything = original_resources(self).result["StackResourceSummaries"]
    for summary in everything:
        status = stack.resource_statuses.get(summary["LogicalResourceId"])
        summary["ResourceStatus"] = status or summary["ResourceStatus"]
    token = self._get_param("NextToken")
    shown, token = page(everything, lambda summary: summary["LogicalResourceId"], token, RESOURCES)
    return ActionResult({"StackResourceSummaries": shown, "NextToken": token})


def apply() -> None:
    Response.describe_stack_events = describe_stack_events
    Response.list_stacks = list_stacks
    Response.describe_stacks = describe_stacks
    Response.list_stack_resources = list_stack_resources
