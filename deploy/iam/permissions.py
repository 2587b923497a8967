"""
`npm run iam:permissions -- TYPE_OR_FILE...`: the actions that CloudFormation calls for resource types such as AWS::S3::Bucket,
or for those that a definition names, and that no policy in this directory allows. From the `handlers` in CloudFormation's
schemas of these types, which cfn-lint contains. They list every feature of a type: add what your definitions use.
"""

import json
import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

POLICIES = ("worker-calls.json", "worker-resources.json", "worker-iam-roles.json")
TYPE = re.compile(r"\bAWS::\w+::\w+\b")
REGION = "us-east-1"


def allowed() -> set[str]:
    """The actions of the policies in lower case, with wildcards."""
    statements = (
        statement for name in POLICIES for statement in json.loads((Path(__file__).parent / name).read_text())["Statement"]
    )
    actions = (statement["Action"] for statement in statements)
    return {action.lower() for each in actions for action in ([each] if isinstance(each, str) else each)}


def missing(resource_type: str, patterns: set[str]) -> list[str]:
    """Raises ResourceNotFoundError for an unknown type."""
    handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, resource_type).schema.get("handlers", {})
    needed = {action for handler in handlers.values() for action in handler.get("permissions", [])}
    return sorted(action for action in needed if not any(fnmatchcase(action.lower(), each) for each in patterns))


def types_of(argument: str) -> list[str]:
    return sorted(set(TYPE.findall(argument if TYPE.fullmatch(argument) else Path(argument).read_text())))


def main(arguments: list[str]) -> int:
    if not arguments:
        print("usage: npm run iam:permissions -- AWS::S3::Bucket definition.yaml ...", file=sys.stderr)
        return 64
    patterns = allowed()
    try:
        types = [each for argument in arguments for each in types_of(argument)]
        print(json.dumps({each: missing(each, patterns) for each in types}, indent=2))
    except (OSError, ResourceNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


sys.exit(main(sys.argv[1:]))
