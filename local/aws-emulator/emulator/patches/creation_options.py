"""Which resource failed, and options of CreateStack that moto drops: DisableRollback, OnFailure, Capabilities.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

from dataclasses import dataclass, field
from typing import Any

from moto.cloudformation import models, parsing, responses

original_create = parsing.parse_and_create_resource
original_update = parsing.parse_and_update_resource
original_call = responses.CloudFormationResponse.create_stack
original_init = models.Stack.__init__


@dataclass
class Options:
    disable_rollback: bool = False
    capabilities: list[str] = field(default_factory=list)


# Requests are handled one at a time (state.lock), so one variable carries the options from the call to its stack.
_options = Options()


def naming_the_resource(original: Any) -> Any:
    def wrapper(logical_id: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(logical_id, *args, **kwargs)
        except Exception as problem:
            # The innermost one is the cause: a resource is created while another one that refers to it is.
            if not hasattr(problem, "failed_resource"):
                problem.failed_resource = logical_id
            raise

    return wrapper


def create_stack(self: responses.CloudFormationResponse) -> Any:
    global _options
    _options = Options(
        self._get_bool_param("DisableRollback", False) or self._get_param("OnFailure") == "DO_NOTHING",
        list(self._get_param("Capabilities", []) or []),
    )
    try:
        return original_call(self)
    finally:
        _options = Options()


def init(self: models.Stack, *args: Any, **kwargs: Any) -> None:
    original_init(self, *args, **kwargs)
    self.disable_rollback = _options.disable_rollback
    self.capabilities = _options.capabilities
    self.change = object()
    self.status_reason = None
    # When each state was entered (seconds since 1970), oldest first.
    self.states: list[tuple[float, str]] = []
    self.resource_statuses: dict[str, str] = {}


def apply() -> None:
    parsing.parse_and_create_resource = naming_the_resource(original_create)
    parsing.parse_and_update_resource = naming_the_resource(original_update)
    responses.CloudFormationResponse.create_stack = create_stack
    models.Stack.__init__ = init
