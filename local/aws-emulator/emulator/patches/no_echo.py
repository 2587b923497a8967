"""NoEcho parameters read back as ****, as on AWS; moto compares the wrong thing and shows them."""

from typing import Any

from moto.cloudformation import models


def parameter_list(self: models.Stack) -> list[dict[str, Any]]:
    declared = self.template_dict.get("Parameters", {})
    hidden = [name for name, parameter in declared.items() if str(parameter.get("NoEcho", False)).lower() == "true"]
    return [
        {"ParameterKey": key, "ParameterValue": "****" if key in hidden else value}
        for key, value in self.resource_map.resolved_parameters.items()
    ]


def apply() -> None:
    models.Stack.parameter_list = property(parameter_list)
