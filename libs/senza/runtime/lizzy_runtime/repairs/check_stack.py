"""
What is created or updated is the stack of the job, and CloudFormation can accept it.

Senza takes the name and the tags of the stack from the rendered definition (`create_cf_template`, senza/cli.py), which the
agent does not know. Here they are compared with the job's own before CloudFormation is called, in a dry run too, and
CloudFormation's limits and rules of templates, and the policy of a stack that is updated, are checked. A template that is too
large for a request is sent by S3; then a dry run asks CloudFormation whether it can read it (ValidateTemplate).
"""

import json
from typing import Any, Optional

import click

from ..definition_error import definition_error
from ..run_settings import ExpectedStack
from ..stack_policy import check_stack_policy
from ..template_rules import check_template_rules
from ..weighted_resources import has_weighted_domain, other_identifier
from ..template_size import check_tag_count, check_tags, check_template_counts
from ..template_upload import template_argument

REPLACES = {
    "senza.cli:create_cf_template": "3af0eb706c30809b",
    "senza.cli:create": "6721693cff378a10",
    "senza.cli:update": "2bf46b804895adbb",
}

# Tags that only the agent and CloudFormation set.
RESERVED = ("Lizzy", "aws:")

DIGEST_KEY = "LizzyDefinition"

# The stack of the job that the command runs for.
expected: ExpectedStack | None = None


def apply() -> None:
    from senza import cli

    from .replacing import replace

    create_cf_template = cli.create_cf_template

    def create_checked_template(*arguments, **options) -> dict[str, Any]:
        data = create_cf_template(*arguments, **options)
        # `senza create` adds the tags of its options afterwards.
        command = click.get_current_context().params
        options_tags = command.get("tag") or ()
        check(data, [tuple(tag.split("=", 1)) for tag in options_tags if "=" in tag])
        if expected is not None:
            check_stack_policy(data, command["region"], expected.denied_updates)
            if expected.definition_digest is not None:
                data["TemplateBody"] = _with_digest(data["TemplateBody"], expected.definition_digest)
        # `senza print` has no dry run, and shows the template.
        return data if "dry_run" not in command else _with_argument(data, command["region"], command["dry_run"])

    replace(create_cf_template, create_checked_template)


def check(data: dict[str, Any], option_tags: list[tuple[str, str]]) -> None:
    name = data["StackName"]
    own_tags = [(tag["Key"], tag["Value"]) for tag in data["Tags"]]
    template = json.loads(data["TemplateBody"])
    check_template_counts(template)
    check_template_rules(template)
    check_tag_count(own_tags + option_tags)
    for key, value in own_tags:
        if not isinstance(value, str):
            raise definition_error(f'the value of the tag "{key}" must be a string: put it in quotes')
    if expected is not None and expected.has_weighted_domain:
        _check_weighted_domain(template, name)
    metadata = template.get("Metadata", {})
    if not isinstance(metadata, dict):
        raise definition_error("Metadata must be a mapping")
    if DIGEST_KEY in metadata:
        raise definition_error(f"it sets Metadata.{DIGEST_KEY}, which belongs to the agent")
    if expected is not None:
        _compare(name, own_tags, option_tags, expected)
    check_tags(own_tags + option_tags)


def _with_digest(body: str, digest: str) -> str:
    """CloudFormation changes the metadata of a template only together with resources, and restores it in a rollback."""
    template = json.loads(body)
    template["Metadata"] = {**template.get("Metadata", {}), DIGEST_KEY: digest}
    return json.dumps(template, separators=(",", ":"))


def _with_argument(data: dict[str, Any], region: Optional[str], dry_run: bool) -> dict[str, Any]:
    template = template_argument(data["StackName"], region, data["TemplateBody"])
    from senza.manaus.boto_proxy import BotoClientProxy

    if dry_run and "TemplateURL" in template:
        BotoClientProxy("cloudformation", region).validate_template(**template)
    return {**{name: value for name, value in data.items() if name != "TemplateBody"}, **template}


def _check_weighted_domain(template: dict[str, Any], name: str) -> None:
    if not has_weighted_domain(template):
        raise click.ClickException(
            f"The definition of {name} has no weighted domain, so that its traffic cannot be switched: nothing was created. "
            "Add a weighted record, or leave out new_traffic"
        )
    other = other_identifier(template, name)
    if other is not None:
        raise click.ClickException(
            f'The definition of {name} has no weighted domain that can be switched: the record {other[0]} has the SetIdentifier '
            f'"{other[1]}", and a switch finds the record of a version by the name of its stack. Nothing was created. Write '
            'SetIdentifier: "{{SenzaInfo.StackName}}-{{SenzaInfo.StackVersion}}", or leave out new_traffic'
        )


def _compare(
    name: str, own_tags: list[tuple[str, str]], option_tags: list[tuple[str, str]], stack: ExpectedStack
) -> None:
    identity = {"Name": f"{stack.name}-{stack.version}", "StackName": stack.name, "StackVersion": stack.version}
    if name != identity["Name"]:
        raise definition_error(f"it makes the stack {name}, not {identity['Name']}, for which the job was accepted")
    for key, value in identity.items():
        if [each for each_key, each in own_tags if each_key == key] != [value]:
            raise definition_error(f'it sets the tag "{key}", which belongs to Senza')
    for key, value in own_tags:
        if key.startswith(RESERVED) or stack.tags.get(key, value) != value:
            raise definition_error(f'it sets the tag "{key}", which belongs to the request or to the agent')
    if dict(option_tags) != stack.tags:
        raise definition_error("the tags of the command are not those of the job")
