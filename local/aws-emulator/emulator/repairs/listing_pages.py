"""Lists come newest first and in pages of 100, as on AWS; moto gives everything at once."""

from collections.abc import Callable
from typing import Any, Optional

from moto.cloudformation import responses
from moto.core.responses import ActionResult

PAGE = 100
Response = responses.CloudFormationResponse


def page(items: list[Any], key: Callable[[Any], str], token: Optional[str]) -> tuple[list[Any], Optional[str]]:
    """The token is the id of the last item shown: what is new meanwhile does not move the pages."""
    start = next((i + 1 for i, item in enumerate(items) if key(item) == token), 0) if token else 0
    shown = items[start : start + PAGE]
    return shown, key(shown[-1]) if start + PAGE < len(items) else None


def describe_stack_events(self: Response) -> ActionResult:
    events = self.cloudformation_backend.describe_stack_events(self._get_param("StackName"))[::-1]
    shown, token = page(events, lambda event: str(event.event_id), self._get_param("NextToken"))
    return ActionResult({"StackEvents": shown, "NextToken": token})


def list_stacks(self: Response) -> ActionResult:
    stacks = self.cloudformation_backend.list_stacks(self._get_param("StackStatusFilter", []))
    newest_first = sorted(stacks, key=lambda stack: stack.creation_time, reverse=True)
    shown, token = page(newest_first, lambda stack: stack.stack_id, self._get_param("NextToken"))
    return ActionResult({"StackSummaries": shown, "NextToken": token})


def apply() -> None:
    Response.describe_stack_events = describe_stack_events
    Response.list_stacks = list_stacks
