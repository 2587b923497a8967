"""Where moto differs from AWS in ways that Senza or Lizzy notice. One module for each difference."""

from . import (
    busy_stacks,
    failed_creations,
    instance_configurations,
    listing_pages,
    no_echo,
    record_sets,
    stack_creation,
    stack_deletion,
    stack_resources,
    stack_update,
    target_groups,
)

MODULES = (
    record_sets,
    stack_resources,
    target_groups,
    no_echo,
    failed_creations,
    stack_creation,
    stack_update,
    stack_deletion,
    busy_stacks,
    listing_pages,
    instance_configurations,
)


def apply_repairs() -> None:
    for module in MODULES:
        module.apply()
