"""A stack policy forbids updates of resources: the update is accepted, fails and is rolled back.

Without a policy everything is allowed; with one, what no statement allows is denied, and a Deny wins over an Allow.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

import json
from fnmatch import fnmatchcase
from typing import Any, Optional

ACTIONS = {"Modify": "Update:Modify", "Remove": "Update:Delete"}


def denial(policy: str, changes: dict[str, list[str]]) -> Optional[tuple[str, str]]:
    """The first resource whose change the policy denies, and CloudFormation's reason."""
    if not policy:
        return None
    statements = json.loads(policy).get("Statement", [])
    for change, action in ACTIONS.items():
        for logical_id in changes[change]:
            deny = matching(statements, "Deny", action, logical_id)
            if deny is not None:
                statement = f"Statement [#{deny + 1}] does not allow [{action}]"
                return logical_id, f"Action denied by stack policy: {statement} for resource [{logical_id}]"
            if matching(statements, "Allow", action, logical_id) is None:
                return logical_id, f"Action not allowed by stack policy: [{action}] for resource [{logical_id}]"
    return None


def matching(statements: list[dict[str, Any]], effect: str, action: str, logical_id: str) -> Optional[int]:
    for number, statement in enumerate(statements):
        if (
            statement.get("Effect") == effect
            and any(fnmatchcase(action, pattern) for pattern in listed(statement.get("Action")))
            and any(fnmatchcase(f"LogicalResourceId/{logical_id}", each) for each in listed(statement.get("Resource")))
        ):
            return number
    return None


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]
