"""
A failure is one sentence.

`HandleExceptions` (senza/error_handling.py) calls `format_exception(etype=...)`, which Python 3.10 has removed: an unknown
error ends in two tracebacks; with `--stacktrace-visible` it ends in one, which does not help the user. Here every error
becomes one sentence. `update_stack_from_template` (senza/aws.py) prints AWS's whole answer; here its message.
"""

import traceback
from pathlib import Path

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from ..braces import restore
from ..limits import is_from_limit

REPLACES = {
    "senza.error_handling:HandleExceptions": "2594468f9dbdf4ab",
    "senza.aws:update_stack_from_template": "343dfa421d0904a5",
}

# `get_required_capabilities` (senza/aws.py) looks at the resources of the template itself.
CAPABILITIES_HINT = ". Senza requests the capability for IAM resources of the definition itself, not for those of nested stacks or for macros"
THROTTLING_CODES = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException")


def apply() -> None:
    from senza import aws
    from senza.error_handling import HandleExceptions

    from .replacing import replace

    HandleExceptions.die_unknown_error = _die_unknown_error
    replace(aws.update_stack_from_template, _update_stack_from_template)


def _die_unknown_error(_handler, error: Exception) -> None:
    from senza.error_handling import die_fatal_error

    if is_from_limit(error):
        raise error
    die_fatal_error(restore(describe(error)))


def describe(error: Exception) -> str:
    """One sentence for an error that Senza does not know."""
    if isinstance(error, ClientError):
        code = error.response["Error"].get("Code")
        if code in THROTTLING_CODES:
            return f"AWS throttled the call: {one_line(error)}"
        hint = CAPABILITIES_HINT if code == "InsufficientCapabilitiesException" else ""
        return f"AWS refused the call: {one_line(error)}{hint}"
    if isinstance(error, (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)):
        return f"No AWS credentials found: {error}"
    if isinstance(error, (ConnectionError, HTTPClientError)):
        return f"AWS did not answer: {error}"
    if isinstance(error, ParamValidationError):
        return f"The call to AWS is not valid: {one_line(error)}"
    if isinstance(error, BotoCoreError):
        return f"The call to AWS failed: {one_line(error)}"
    return f"Senza crashed: {type(error).__name__}: {one_line(error)} ({place_of(error)})"


def one_line(error: Exception) -> str:
    return " ".join(line.strip() for line in str(error).split("\n")).strip()


def place_of(error: Exception) -> str:
    """The last place in Senza: a path below its package, and the line."""
    import senza

    package = Path(senza.__file__).parent
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(package)]
    if not frames:
        return "outside of Senza"
    return f"senza/{Path(frames[-1].filename).relative_to(package)}, line {frames[-1].lineno}"


def _update_stack_from_template(region: str, template: dict, dry_run: bool) -> None:
    from clickclick import Action, info
    from senza.manaus.boto_proxy import BotoClientProxy

    client = BotoClientProxy("cloudformation", region)
    del template["Tags"]
    with Action(f"Updating Cloud Formation stack {template['StackName']}..") as action:
        if dry_run:
            info(f"**DRY-RUN** {template['NotificationARNs']}")
            return
        try:
            client.update_stack(**template)
        except ClientError as error:
            if error.response["Error"]["Message"] != "No updates are to be performed.":
                raise
            action.ok("NO UPDATE")
