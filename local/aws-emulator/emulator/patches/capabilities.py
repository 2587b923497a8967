"""Templates with IAM resources need the caller's acknowledgement, for creations and updates.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (Capabilities)
"""

from moto.cloudformation.exceptions import CloudFormationError

from .stack_requests import StackRequest, add_check

IAM_TYPES = (
    "AWS::IAM::AccessKey",
    "AWS::IAM::Group",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::IAM::UserToGroupAddition",
)
NAME_PROPERTIES = ("GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName")
NAMEABLE_TYPES = (
    "AWS::IAM::Group",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
)


class InsufficientCapabilities(CloudFormationError):
    code = "InsufficientCapabilitiesException"


def check(request: StackRequest) -> None:
    resources = (request.template.get("Resources") or {}).values()
    iam = [resource for resource in resources if resource.get("Type") in IAM_TYPES]
    named = any(
        name in (resource.get("Properties") or {})
        for resource in iam
        if resource["Type"] in NAMEABLE_TYPES
        for name in NAME_PROPERTIES
    )
    needed = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    sufficient = ("CAPABILITY_NAMED_IAM",) if named else ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")
    if iam and not any(capability in sufficient for capability in request.capabilities):
        raise InsufficientCapabilities(f"Requires capabilities : [{needed}]")


def apply() -> None:
    add_check(check)
