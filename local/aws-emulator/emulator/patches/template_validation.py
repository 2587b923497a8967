"""ValidateTemplate: CloudFormation checks the syntax and the limits of a template; moto applies all rules of cfn-lint.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html
"""

from moto.cloudformation import responses
from moto.core.responses import ActionResult

from . import stack_requests, template_limits


def validate_template(self: responses.CloudFormationResponse) -> ActionResult:
    request = stack_requests.read(self, is_creation=True)
    template_limits.check(request)
    description = request.template.get("Description", "")
    return ActionResult({"Description": description, "Parameters": [], "Capabilities": []})


def apply() -> None:
    responses.CloudFormationResponse.validate_template = validate_template
