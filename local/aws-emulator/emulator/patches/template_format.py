"""Templates that are not well-formed are refused; moto answers 500. JSON is read as JSON, which is much faster.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

import json
from typing import Any

import yaml
from moto.cloudformation import models
from moto.cloudformation.exceptions import ValidationError

original = models.Stack.parse_template


def refuse_constant(name: str) -> None:
    # Python reads NaN and Infinity, which RFC 8259 does not have.
    raise ValidationError(message=f"Template format error: JSON not well-formed. ({name})")


def parse_template(template: str) -> dict[str, Any]:
    try:
        parsed = json.loads(template, parse_constant=refuse_constant)
    except ValueError:
        try:
            parsed = original(template)
        except (yaml.YAMLError, ValueError) as problem:
            mark = getattr(problem, "problem_mark", None)
            where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
            message = f"Template format error: YAML not well-formed.{where}"
            raise ValidationError(message=message) from problem
    if not isinstance(parsed, dict):
        raise ValidationError(message="Template format error: unsupported structure.")
    return parsed


def apply() -> None:
    models.Stack.parse_template = staticmethod(parse_template)
