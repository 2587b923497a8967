"""A classic load balancer has the ID of its hosted zone, which alias records need; moto leaves it out.

https://docs.aws.amazon.com/general/latest/gr/elb.html
"""

from moto.elb.models import LoadBalancer

# Of Ireland. moto's load balancers do not know their regions.
ZONE = "Z32O12XQLNTSW2"


def apply() -> None:
    LoadBalancer.canonical_hosted_zone_name_id = ZONE
