"""Patches of moto where it differs from AWS in ways that Senza or Lizzy notice. One module per difference."""

from . import (
    capabilities,
    creation_options,
    eventual_consistency,
    instance_configurations,
    load_balancers,
    nested_stacks,
    no_echo,
    pages,
    parameter_limits,
    record_changes,
    record_pages,
    record_sets,
    stack_creation,
    stack_deletion,
    stack_names,
    stack_requests,
    stack_resources,
    stack_states,
    stack_update,
    tag_limits,
    target_groups,
    template_format,
    template_limits,
    template_references,
    template_structure,
    template_urls,
    template_validation,
    user_data,
)

# Later ones wrap earlier ones.
MODULES = (
    template_format,
    template_urls,
    record_sets,
    record_changes,
    record_pages,
    stack_resources,
    target_groups,
    load_balancers,
    user_data,
    no_echo,
    creation_options,
    nested_stacks,
    stack_creation,
    stack_update,
    stack_deletion,
    stack_states,
    pages,
    eventual_consistency,
    instance_configurations,
    stack_names,
    template_structure,
    template_limits,
    template_validation,
    template_references,
    parameter_limits,
    tag_limits,
    capabilities,
    stack_requests,
)


def apply_patches() -> None:
    for module in MODULES:
        module.apply()
