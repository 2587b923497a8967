"""An instance keeps the launch configuration it was made of; in moto it takes on its group's new one at once."""

from typing import Any, Optional

from moto.autoscaling import models

State = models.InstanceState
_init = State.__init__


def init(self: State, *args: Any, **kwargs: Any) -> None:
    _init(self, *args, **kwargs)
    group = self.auto_scaling_group
    self.made_of = None if group is None else group.launch_configuration_name


def launch_configuration_name(self: State) -> Optional[str]:
    return self.made_of


def apply() -> None:
    State.__init__ = init
    State.launch_configuration_name = property(launch_configuration_name)
