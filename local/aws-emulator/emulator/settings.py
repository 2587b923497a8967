"""Settings of the emulator: how slow, how late and how strict it is.

Each is read from the environment (`EMULATOR_STACK_SECONDS=3`) at startup and can be changed by the control interface.
Documented limits of sizes, counts, lengths and characters always apply.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class Settings:
    # How long creations, updates and deletions of stacks take.
    stack_seconds: float = 0.0
    # How far ListStacks lags behind: new stacks, states and deletions. See patches/eventual_consistency.py.
    list_lag_seconds: float = 0.4
    # How far DescribeStacks lags behind with states. A new stack is visible immediately.
    describe_lag_seconds: float = 0.0
    # How far DescribeStacks lags behind with tags.
    tag_lag_seconds: float = 0.4
    # Calls per second of each region, and of the account for Route 53; 0: unlimited. See rates.py.
    cloudformation_calls_per_second: float = 40.0
    route53_calls_per_second: float = 5.0
    # How long a hosted zone refuses other changes after it accepted one.
    zone_busy_seconds: float = 0.1
    # How long a change of records is PENDING.
    record_pending_seconds: float = 1.0
    # Items of a page; 0: the size of each operation, see patches/pages.py.
    page_size: int = 0

    def change(self, values: Mapping[str, Any]) -> None:
        """Change some settings. Raises ValueError naming the unknown setting or the invalid value."""
        types = {field.name: type(field.default) for field in fields(self)}
        checked = {}
        for name, value in values.items():
            if name not in types:
                raise ValueError(f"no setting {name!r}; the settings are {', '.join(types)}")
            checked[name] = types[name](value)
            if checked[name] < 0:
                raise ValueError(f"{name} must not be negative: {value!r}")
        for name, value in checked.items():
            setattr(self, name, value)

    def read_environment(self) -> None:
        names = (field.name for field in fields(self))
        self.change({name: value for name in names if (value := os.environ.get(f"EMULATOR_{name.upper()}"))})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


settings = Settings()
