"""What exists in the account before the first deployment, for definitions that name it.

The account: an alias, roles of applications, one hosted zone `example.org` (Senza asks back when there are several), a bucket
`lizzy-templates` for `TEMPLATE_BUCKET`.
Each region, at its first call: subnets named as STUPS names them (`internal-` for servers, `dmz-` for load
balancers), security groups of applications, a certificate for `*.example.org`, a topic `operator`.
"""

import json

from moto.acm.models import acm_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.route53.models import route53_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends

ZONE = "example.org"
ALIAS = "myteam-test"
ROLES = ("app-demo", "app-web")
SECURITY_GROUPS = ("app-demo", "app-demo-lb", "app-web", "app-web-lb", "app-worker", "app-database", "app-redis")
TOPIC = "operator"
BUCKET = "lizzy-templates"

_seeded: set[str] = set()


def policy(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def account() -> None:
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_account_alias(ALIAS)
    trust = policy(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole")
    for role in ROLES:
        iam.create_role(role, trust, "/", None, "", [], "3600")
        iam.put_role_policy(role, "read", policy(Action="s3:GetObject", Resource="*"))
    route53_backends[DEFAULT_ACCOUNT_ID]["aws"].create_hosted_zone(name=f"{ZONE}.", private_zone=False)
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(BUCKET, "eu-west-1")


def once(region: str) -> None:
    """Seeds a region that was not seeded yet; an invalid region is ignored."""
    if region in _seeded or region not in ec2_backends[DEFAULT_ACCOUNT_ID].regions:
        return
    _seeded.add(region)
    ec2 = ec2_backends[DEFAULT_ACCOUNT_ID][region]
    vpc = ec2.get_default_vpc()
    subnets = sorted(
        (subnet for zone in ec2.subnets.values() for subnet in zone.values() if subnet.vpc_id == vpc.id),
        key=lambda subnet: subnet.availability_zone,
    )
    for number, subnet in enumerate(subnets):
        zone = subnet.availability_zone
        ec2.create_tags([subnet.id], {"Name": f"internal-{zone}"})
        dmz = ec2.create_subnet(vpc.id, f"172.31.{200 + number}.0/24", availability_zone=zone)
        ec2.create_tags([dmz.id], {"Name": f"dmz-{zone}"})
    for name in SECURITY_GROUPS:
        ec2.create_security_group(name, name, vpc.id)
    acm = acm_backends[DEFAULT_ACCOUNT_ID][region]
    acm._certificates[acm.request_certificate(f"*.{ZONE}", f"seed-{region}", [], [])].status = "ISSUED"
    sns_backends[DEFAULT_ACCOUNT_ID][region].create_topic(TOPIC)
