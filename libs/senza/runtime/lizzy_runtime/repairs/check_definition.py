"""
A definition with which Senza would crash is refused with what is wrong and where.

`evaluate` (senza/cli.py) and the components take for granted that sections, components and properties are there and of the
right kind; otherwise they end with a KeyError, a TypeError or an AttributeError. PyYAML's errors quote the rendered text,
with the values of parameters; here they say the place only. Nothing is imported for a component that does not exist.
"""

import copy
from typing import Any
from urllib.parse import urlsplit

import click
import requests
import yaml
from botocore.exceptions import ClientError

from ..component_error import describe_component_error, inside
from ..component_modules import has_module
from ..definition_error import definition_error
from ..definition_structure import SECTIONS, check_definition, check_rendered, check_template, kind_of

REPLACES = {
    "senza.cli:DefinitionParamType": "cbb33db36a92445f",
    "senza.cli:evaluate": "287df0f2645ba811",
    "senza.cli:decrypt_parameters": "64c979bb84e6374b",
    "senza.components:get_component": "dcf9eecbeb242d93",
}

# What AWS returns when a component looks for a certificate, a stack, a group or a topic that does not exist.
MISSING_CODES = ("NoSuchEntity", "ResourceNotFoundException", "ValidationError", "InvalidGroup.NotFound", "NotFound")


def apply() -> None:
    from senza import cli, components
    from senza.components import elastic_load_balancer
    from senza.exceptions import InvalidDefinition

    from .replacing import replace

    convert = cli.DefinitionParamType.convert
    evaluate = cli.evaluate
    decrypt_parameters = cli.decrypt_parameters
    get_component = components.get_component

    def convert_checked(param_type, value, param, ctx) -> dict[str, Any]:
        try:
            definition = convert(param_type, value, param, ctx)
        except TypeError:
            raise definition_error("it is not a mapping") from None
        except InvalidDefinition as error:
            if isinstance(error.__context__, yaml.YAMLError):
                raise definition_error(describe_yaml_error(error.__context__)) from None
            raise
        check_definition(definition)
        return definition

    def evaluate_checked(definition, args, account_info, force):
        try:
            template = evaluate(definition, args, account_info, force)
        except yaml.YAMLError as error:
            problem = describe_yaml_error(error, " of the text with the parameters")
            raise definition_error(f"{problem}; put templates in quotes") from None
        check_template(template)
        return template

    def decrypt_checked(definition, region):
        # What `evaluate` does between its first rendering and the components.
        check_rendered(definition)
        return decrypt_parameters(definition, region)

    def get_checked_component(component_type: str):
        if not has_module(component_type):
            return None  # Senza says that it does not exist.
        try:
            component = get_component(component_type)
        except AttributeError:
            return None  # The module has no component.
        return component and _checked(component, component_type)

    cli.DefinitionParamType.convert = convert_checked
    replace(evaluate, evaluate_checked)
    replace(decrypt_parameters, decrypt_checked)
    replace(get_component, get_checked_component)
    elastic_load_balancer.fatal_error = _reject


def _reject(message: str) -> None:
    """For `fatal_error` of clickclick: it prints the sentence and exits, and Senza adds the line "EXCEPTION OCCURRED: 1"."""
    raise definition_error(message)


def describe_yaml_error(error: yaml.YAMLError, text: str = "") -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be parsed"
    if "'" in problem or '"' in problem:
        # It quotes the text.
        problem = problem.partition("'")[0].partition('"')[0].strip().rstrip(",:") + " ..."
    place = "" if mark is None else f" in line {mark.line + 1}, column {mark.column + 1}{text}"
    return f"no YAML: {problem}{place}"


def _checked(component, component_type: str):
    def evaluate_component(definition, configuration, *arguments):
        name = configuration.get("Name")
        where = f'the component "{name}" ({component_type})'
        # Components change their configuration.
        written = copy.deepcopy(configuration)
        try:
            return component(definition, configuration, *arguments)
        except KeyError as error:
            if error.args[0] in SECTIONS:
                raise definition_error(f"{where} needs {error.args[0]}, which the definition has not") from error
            unknown = next((path for path, value in inside("", written) if value == error.args[0]), None)
            if unknown is not None:
                raise definition_error(f"{where}: {unknown} cannot be {error}") from error
            raise definition_error(f"{where} lacks the property {error}") from error
        except ClientError as error:
            details = error.response["Error"]
            if details.get("Code") not in MISSING_CODES:
                raise
            raise definition_error(f"{where} refers to something that is not there: {details.get('Message')}") from error
        except requests.RequestException as error:
            # Of another service than AWS, for example for the images of CoreOS.
            asked = "a service" if error.request is None else urlsplit(error.request.url).hostname
            raise click.ClickException(
                f"{where} needs {asked}, which did not answer as Senza expects ({type(error).__name__})"
            ) from error
        except (TypeError, AttributeError, ValueError, IndexError) as error:
            if isinstance(error, TypeError) and not isinstance(name, str):
                raise definition_error(f"the name of {where} is {kind_of(name)} to YAML: put it in quotes") from error
            raise definition_error(f"{where}: {describe_component_error(error, written)}") from error

    return evaluate_component
