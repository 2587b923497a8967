"""Health check numbers of target groups that arrive as text.

AWS compares them as numbers. moto compares text ('10' < '5'), which refuses Senza's defaults.
"""

from typing import Any

from moto.elbv2.models import ELBv2Backend

original = ELBv2Backend.create_target_group


def is_number(name: str) -> bool:
    return (name.startswith("healthcheck") and name != "healthcheck_port") or name.endswith("threshold_count")


def create_target_group(self: ELBv2Backend, name: str, **kwargs: Any) -> Any:
    for key, value in kwargs.items():
        if is_number(key) and isinstance(value, str) and value.isdigit():
            kwargs[key] = int(value)
    return original(self, name, **kwargs)


def apply() -> None:
    ELBv2Backend.create_target_group = create_target_group
