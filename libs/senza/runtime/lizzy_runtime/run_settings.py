"""The agent's settings of one command: one environment variable, which Senza does not see."""

import json
from dataclasses import dataclass, field
from typing import MutableMapping

VARIABLE = b"LIZZY_SENZA_RUN"


@dataclass(frozen=True)
class Limits:
    """Limits of one command; null is none."""

    cpu_seconds: int | None = None
    memory_mib: int | None = None
    file_mib: int | None = None
    # Counts all processes and threads of the user, as RLIMIT_NPROC does.
    processes: int | None = None


@dataclass(frozen=True)
class ExpectedStack:
    """The stack of the job that a command creates or updates."""

    name: str
    version: str
    tags: dict[str, str] = field(default_factory=dict)
    # Whether the template must have a weighted domain, because the job will switch its traffic.
    has_weighted_domain: bool = False
    # The logical IDs of the resources that the stack policy protects, by how an update would change them: modify, delete.
    denied_updates: dict[str, list[str]] = field(default_factory=dict)
    # Of an update: the digest of the definition, which the template gets as metadata.
    definition_digest: str | None = None


@dataclass(frozen=True)
class RunSettings:
    limits: Limits = Limits()
    # Added to the niceness of the process.
    niceness: int = 0
    expected_stack: ExpectedStack | None = None
    # Repairs without which the command would do harm.
    required_repairs: tuple[str, ...] = ()
    # The bucket for templates that are too large for a request.
    template_bucket: str | None = None
    # Where the command writes its requests to AWS when it has ended (aws_requests.py).
    aws_requests_file: str | None = None


def take_run_settings(environment: MutableMapping[bytes, bytes]) -> RunSettings:
    """Removes the variable from an environment and returns what it says."""
    text = environment.pop(VARIABLE, None)
    if text is None:
        return RunSettings()
    values = json.loads(text)
    stack = values.get("expected_stack")
    return RunSettings(
        limits=Limits(**values.get("limits", {})),
        niceness=values.get("niceness", 0),
        expected_stack=None if stack is None else ExpectedStack(**stack),
        required_repairs=tuple(values.get("required_repairs", [])),
        template_bucket=values.get("template_bucket"),
        aws_requests_file=values.get("aws_requests_file"),
    )
