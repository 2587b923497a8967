"""Which resource failed, and whether a failed stack is to stay.

moto loses both: the exception of a resource does not name it, and DisableRollback and OnFailure are not read.
"""

from typing import Any

from moto.cloudformation import models, parsing, responses

original_parse = parsing.parse_and_create_resource
original_call = responses.CloudFormationResponse.create_stack
original_init = models.Stack.__init__

# Requests are handled one at a time (world.lock), so that one variable carries this from the call to its stack.
_disable_rollback = False


def parse_and_create_resource(logical_id: str, *args: Any, **kwargs: Any) -> Any:
    try:
        return original_parse(logical_id, *args, **kwargs)
    except Exception as problem:
        # The innermost one is the cause: a resource is created while another one that refers to it is.
        if not hasattr(problem, "failed_resource"):
            problem.failed_resource = logical_id
        raise


def create_stack(self: responses.CloudFormationResponse) -> Any:
    global _disable_rollback
    _disable_rollback = self._get_bool_param("DisableRollback", False) or self._get_param("OnFailure") == "DO_NOTHING"
    try:
        return original_call(self)
    finally:
        _disable_rollback = False


def init(self: models.Stack, *args: Any, **kwargs: Any) -> None:
    original_init(self, *args, **kwargs)
    self.disable_rollback = _disable_rollback
    self.change = object()
    self.status_reason = None


def apply() -> None:
    parsing.parse_and_create_resource = parse_and_create_resource
    responses.CloudFormationResponse.create_stack = create_stack
    models.Stack.__init__ = init
