"""
Runs in the template what each command will run, so that the commands find it prepared: the interpreter has adapted the code
of a function after some calls, botocore has parsed the parts of its models, and the memory of both is shared.

The requests have placeholder credentials and are answered in this process: nothing is connected.
"""

import contextlib
import socket
from typing import Any, Iterator

import botocore.config
import botocore.model
import urllib3.util.connection
import yaml

from . import aws_requests

# CPython 3.11 adapts a function at its ninth call.
ROUNDS = 10
_ACCOUNT = "<Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>x</UserId><Account>123456789012</Account>"
_RECORD = (
    "<ResourceRecordSet><Name>x.example.org.</Name><Type>A</Type><SetIdentifier>x-1</SetIdentifier><Weight>200</Weight>"
    "<TTL>20</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords>"
    "</ResourceRecordSet>"
)
# One request for each of the protocols: service, operation, arguments, body of the answer.
REQUESTS: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    (
        "sts",
        "get_caller_identity",
        {},
        f"<GetCallerIdentityResponse><GetCallerIdentityResult>{_ACCOUNT}</GetCallerIdentityResult></GetCallerIdentityResponse>",
    ),
    (
        "cloudformation",
        "describe_stacks",
        {"StackName": "x-1"},
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>x-1</StackName><CreationTime>"
        "2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Tags><member><Key>Name</Key><Value>"
        "x</Value></member></Tags></member></Stacks></DescribeStacksResult></DescribeStacksResponse>",
    ),
    (
        "ec2",
        "describe_security_groups",
        {"Filters": [{"Name": "group-name", "Values": ["x"]}]},
        "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId><groupName>x</groupName><ownerId>"
        "1</ownerId><vpcId>vpc-1</vpcId></item></securityGroupInfo></DescribeSecurityGroupsResponse>",
    ),
    (
        "route53",
        "list_resource_record_sets",
        {"HostedZoneId": "Z1", "StartRecordName": "x.example.org.", "StartRecordType": "A"},
        f"<ListResourceRecordSetsResponse><ResourceRecordSets>{_RECORD * 2}</ResourceRecordSets><IsTruncated>false"
        "</IsTruncated><MaxItems>100</MaxItems></ListResourceRecordSetsResponse>",
    ),
    (
        "acm",
        "list_certificates",
        {"CertificateStatuses": ["ISSUED"]},
        '{"CertificateSummaryList": [{"CertificateArn": "arn:aws:acm:x", "DomainName": "x.example.org"}]}',
    ),
)
# The operations whose models are parsed, by service: those that Senza's commands have called in the tests.
OPERATIONS = {
    "acm": ("DescribeCertificate", "ListCertificates"),
    "autoscaling": (
        "CreateLaunchConfiguration",
        "DescribeAutoScalingGroups",
        "DescribeLaunchConfigurations",
        "ResumeProcesses",
        "SuspendProcesses",
        "TerminateInstanceInAutoScalingGroup",
        "UpdateAutoScalingGroup",
    ),
    "cloudformation": (
        "CreateStack",
        "DeleteStack",
        "DescribeStackEvents",
        "DescribeStackResource",
        "DescribeStackResources",
        "DescribeStacks",
        "GetTemplate",
        "ListStackResources",
        "ListStacks",
        "UpdateStack",
    ),
    "ec2": ("DescribeImages", "DescribeNatGateways", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs"),
    "elb": ("DescribeInstanceHealth", "DescribeLoadBalancers"),
    "iam": ("GetServerCertificate", "ListAccountAliases", "ListServerCertificates"),
    "route53": ("ChangeResourceRecordSets", "ListHostedZones", "ListResourceRecordSets"),
    "sts": ("GetCallerIdentity",),
}
# The collections and resources of boto3 that Senza uses, by service.
RESOURCES = {
    "cloudformation": ("Stack",),
    "ec2": ("images", "Image", "security_groups", "SecurityGroup", "subnets", "Subnet", "vpcs", "Vpc", "instances", "Instance"),
    "iam": ("server_certificates", "ServerCertificate", "Role"),
    "sns": ("topics", "Topic"),
}
_YAML = """
SenzaInfo: {StackName: x, Parameters: [{Version: {Description: 'a text'}}]}
SenzaComponents:
  - App:
      Type: Senza::TaupageAutoScalingGroup
      TaupageConfig: {ports: {8080: 8080}, source: "x:{{Arguments.Version}}"}
"""


def run(session: Any, clients: dict[str, Any]) -> None:
    """`clients` of the session by service."""
    for service, operations in OPERATIONS.items():
        for operation in operations:
            _parse_model(clients[service].meta.service_model.operation_model(operation))
            name = botocore.xform_name(operation)
            if clients[service].can_paginate(name):
                clients[service].get_paginator(name)
    for service, parts in RESOURCES.items():
        resource = session.resource(service)
        for part in parts:
            made = getattr(resource, part)
            if part[0].isupper():
                made("x")
    config = botocore.config.Config(retries={"mode": "adaptive", "total_max_attempts": 3})
    for service, operation, arguments, answer in REQUESTS:
        client = session.client(service, endpoint_url="http://aws.invalid", config=config)
        with _answered(answer):
            for _ in range(ROUNDS):
                if client.can_paginate(operation):
                    list(client.get_paginator(operation).paginate(**arguments))
                else:
                    getattr(client, operation)(**arguments)
    for _ in range(ROUNDS):
        yaml.safe_load(_YAML)
    aws_requests.forget()


def _parse_model(operation: Any) -> None:
    for shape in (operation.input_shape, operation.output_shape):
        _parse_shape(shape, ())


def _parse_shape(shape: Any, outer: tuple[str, ...]) -> None:
    """Botocore keeps what it has parsed in the shape. Shapes may contain themselves."""
    if shape is None or shape.name in outer:
        return
    inner = (*outer, shape.name)
    if isinstance(shape, botocore.model.StructureShape):
        for member in shape.members.values():
            _parse_shape(member, inner)
    elif isinstance(shape, botocore.model.ListShape):
        _parse_shape(shape.member, inner)
    elif isinstance(shape, botocore.model.MapShape):
        _parse_shape(shape.key, inner)
        _parse_shape(shape.value, inner)
    shape.serialization  # noqa: B018


@contextlib.contextmanager
def _answered(answer: str) -> Iterator[None]:
    """Each connection that is made meanwhile is to this process, and has the answer already."""
    connect = urllib3.util.connection.create_connection
    others: list[socket.socket] = []
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {len(answer)}\r\n\r\n"

    def answer_at_once(*_arguments: Any, **_options: Any) -> socket.socket:
        own, other = socket.socketpair()
        other.sendall((head + answer).encode())
        others.append(other)
        return own

    urllib3.util.connection.create_connection = answer_at_once
    try:
        yield
    finally:
        urllib3.util.connection.create_connection = connect
        for other in others:
            other.close()
