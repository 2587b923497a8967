"""
Corrections of faults of exactly this Senza (stups-senza 2.1.143), listed in docs/senza-repairs.md.

Each module is one repair: its docstring says what is wrong, `REPLACES` names the functions that it replaces or relies on
with the digests of their sources, `apply` replaces them. A repair stays off when a digest differs: the agent then behaves
as without it.
"""

import sys

from .. import template_upload
from ..run_settings import RunSettings
from . import (
    check_definition,
    check_stack,
    choose_domain,
    fail_when_throttled,
    keep_cname_records,
    keep_no_echo_values,
    name_security_group,
    render_data_only,
    report_errors,
    restore_respawned_groups,
    weights_per_domain,
)
from .digest import differing_functions

_REPAIRS = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        fail_when_throttled,
        keep_cname_records,
        keep_no_echo_values,
        weights_per_domain,
        choose_domain,
        name_security_group,
        render_data_only,
        check_definition,
        check_stack,
        restore_respawned_groups,
        report_errors,
    )
}
_states: dict[str, str] = {name: "off" for name in _REPAIRS}


def apply() -> dict[str, str]:
    """Applies all repairs. Returns the state of each by name: `on`, or why it is off."""
    # Compared before the first is applied: some replace the same function.
    differing = {name: differing_functions(repair.REPLACES) for name, repair in _REPAIRS.items()}
    for name, repair in _REPAIRS.items():
        if differing[name]:
            _states[name] = f"not written for this version of {', '.join(differing[name])}"
        else:
            repair.apply()
            _states[name] = "on"
    return dict(_states)


def start(settings: RunSettings) -> None:
    """Gives the repairs the settings of the command. Ends the process when a repair is off that the command needs."""
    missing = [name for name in settings.required_repairs if _states.get(name) != "on"]
    if missing:
        sys.exit(f"The command was not run: it needs the repair {', '.join(missing)} of Senza, which is off.")
    check_stack.expected = settings.expected_stack
    template_upload.bucket = settings.template_bucket
