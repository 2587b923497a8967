"""
Templates see data only, and the values of a request are not templates.

`pystache_render` (senza/utils.py) reads files (`{{> PATH}}`), reads attributes of Python objects and calls methods; Senza
renders up to three times, so that a parameter's value is a template in the next round. Here a template has no partials, no
other delimiters, no attributes but those named below, and sections only as conditions, two deep at most. The braces of the
request's values come back after the last round.
"""

import re
from typing import Any

from ..braces import choose_word, protect, restore
from ..data_renderer import render

REPLACES = {
    "senza.utils:pystache_render": "f6b23221867dc005",
    "senza.components:evaluate_template": "7bcdd34a1c072f7f",
    "senza.cli:parse_args": "e839338c7baeb438",
    "senza.cli:evaluate": "287df0f2645ba811",
    "senza.cli:create_cf_template": "3af0eb706c30809b",
    "senza.components.configuration:component_configuration": "a8b1d26fb0065c89",
    "senza.components.configuration:get_default_description": "3b1595e27f7bf4f9",
}

# Characters of a description that CloudFormation accepts; component_configuration cuts the text there.
DESCRIPTION_LENGTH = 1024


def apply() -> None:
    from senza import cli, utils
    from senza.components import configuration

    from .replacing import replace

    parse_args = cli.parse_args
    create_cf_template = cli.create_cf_template
    default_description = configuration.get_default_description

    def parse_args_as_data(definition, region, version, parameters, account_info):
        choose_word()
        return parse_args(definition, region, version, tuple(map(_protect_value, parameters)), account_info)

    def create_restored_template(*arguments, **options) -> dict[str, Any]:
        return restore(create_cf_template(*arguments, **options))

    def describe(info, args) -> str:
        return _Cut(protect(restore(default_description(info, args))[:DESCRIPTION_LENGTH]))

    replace(utils.pystache_render, render)
    replace(parse_args, parse_args_as_data)
    replace(create_cf_template, create_restored_template)
    replace(default_description, describe)


def _protect_value(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    # A positional value may hold a "=", but no name: Senza looks for the "=" only.
    if equals and re.fullmatch(r"[^{}]*", name):
        return name + equals + protect(value)
    return protect(parameter)


class _Cut(str):
    """A text that was cut where its braces were counted: it is not cut again in the middle of a protected one."""

    def __getitem__(self, _key: Any) -> str:
        return str.__str__(self)
