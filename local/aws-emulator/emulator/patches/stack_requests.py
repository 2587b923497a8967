"""Checks of CreateStack and UpdateStack requests before moto handles them. Other modules register them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.cloudformation import models, responses
from moto.cloudformation.exceptions import ValidationError

Response = responses.CloudFormationResponse


@dataclass(frozen=True)
class StackRequest:
    name: str
    # Empty for UpdateStack with UsePreviousTemplate.
    body: str
    body_by_url: bool
    template: dict[str, Any]
    parameters: list[dict[str, Any]]
    tags: list[dict[str, str]]
    capabilities: list[str]
    is_creation: bool


_checks: list[Callable[[StackRequest], None]] = []


def add_check(check: Callable[[StackRequest], None]) -> None:
    """The check raises an exception of moto.cloudformation.exceptions for what AWS refuses."""
    _checks.append(check)


def read(response: Response, is_creation: bool) -> StackRequest:
    name, body = response._get_param("StackName"), response._get_param("TemplateBody")
    url = response._get_param("TemplateURL")
    if not body and url:
        body = response._get_stack_from_s3_url(url)
    if not body and is_creation:
        raise ValidationError(message="Either Template URL or Template Body must be specified.")
    template = body or response.cloudformation_backend.get_stack(name).template
    return StackRequest(
        name=name,
        body=body or "",
        body_by_url=bool(url),
        template=models.Stack.parse_template(template),
        parameters=response._get_param("Parameters", []) or [],
        tags=response._get_param("Tags", []) or [],
        capabilities=response._get_param("Capabilities", []) or [],
        is_creation=is_creation,
    )


def checked(original: Callable[[Response], Any], is_creation: bool) -> Callable[[Response], Any]:
    def call(self: Response) -> Any:
        request = read(self, is_creation)
        for check in _checks:
            check(request)
        return original(self)

    return call


def apply() -> None:
    Response.create_stack = checked(Response.create_stack, is_creation=True)
    Response.update_stack = checked(Response.update_stack, is_creation=False)
