"""
An interrupted replacement of instances restores the size and the processes of the group.

`do_respawn_auto_scaling_group` (senza/respawn.py) adds one instance to the sizes of the group and suspends processes, and
reverts both only at its end: after an error or a signal they stay (its source says that the handling of errors is
missing), and the next attempt takes the larger size for the original one. Here both are reverted on an error and on SIGTERM, which the agent sends
1.5 seconds before it kills the command. Processes that were suspended before stay suspended, in each case.
"""

import os
import signal
import sys
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

REPLACES = {
    "senza.respawn:do_respawn_auto_scaling_group": "9e9b0eb630cc983e",
    "senza.respawn:scale_out": "7d8760a88f799bf5",
    "senza.respawn:terminate_instance": "bfeffaeb0a7bfed8",
}


class Terminated(BaseException):
    """SIGTERM. Not an Exception, so that nothing in Senza catches it."""


def apply() -> None:
    from senza import respawn

    from .replacing import replace

    do_respawn = respawn.do_respawn_auto_scaling_group

    def do_respawn_and_restore(asg_name: str, group: dict, region: str, *arguments, **options) -> None:
        previous = signal.signal(signal.SIGTERM, _raise_terminated)
        try:
            do_respawn(asg_name, group, region, *arguments, **options)
            _suspend_again(asg_name, group, region)
        except BaseException as error:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            _restore(asg_name, group, region)
            if isinstance(error, Terminated):
                _end_by_sigterm()
            raise
        finally:
            signal.signal(signal.SIGTERM, previous)

    replace(do_respawn, do_respawn_and_restore)


def _restore(asg_name: str, group: dict[str, Any], region: str) -> None:
    from clickclick import Action
    from senza.manaus.boto_proxy import BotoClientProxy
    from senza.respawn import SCALING_PROCESSES_TO_SUSPEND

    client = BotoClientProxy("autoscaling", region)
    try:
        with Action(f"Restoring the size and the processes of {asg_name}.."):
            sizes = {name: group[name] for name in ("MinSize", "MaxSize", "DesiredCapacity")}
            client.update_auto_scaling_group(AutoScalingGroupName=asg_name, **sizes)
            client.resume_processes(AutoScalingGroupName=asg_name, ScalingProcesses=SCALING_PROCESSES_TO_SUSPEND)
            _suspend_again(asg_name, group, region)
    except (BotoCoreError, ClientError):
        pass  # The action has printed it; the agent reports what is left.


def _suspend_again(asg_name: str, group: dict[str, Any], region: str) -> None:
    """Those that were suspended before: Senza resumes all processes."""
    from senza.manaus.boto_proxy import BotoClientProxy

    suspended = [process["ProcessName"] for process in group.get("SuspendedProcesses", [])]
    if suspended:
        client = BotoClientProxy("autoscaling", region)
        client.suspend_processes(AutoScalingGroupName=asg_name, ScalingProcesses=suspended)


def _raise_terminated(_number: int, _frame: Any) -> NoReturn:
    raise Terminated


def _end_by_sigterm() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
