"""Loads in advance what most commands need."""

import botocore.loaders
import botocore.session

# Services of which Senza asks something in the commands that the agent runs.
SERVICES = ("cloudformation", "route53", "iam", "sts", "ec2", "autoscaling", "elb", "elbv2", "acm", "sns")
# Resources of boto3 that Senza uses.
RESOURCES = ("cloudformation", "ec2", "sns")


def import_senza() -> None:
    # Imported inside of Senza's functions, or by their names.
    import senza.cli  # noqa: F401
    import senza.components.stups_auto_configuration  # noqa: F401


def share_loader() -> None:
    """
    Makes one loader of AWS's service models serve all sessions of this process. Senza makes a second session to check
    the region, which would read the partitions and endpoints again.
    """
    create_loader = botocore.loaders.create_loader
    shared = create_loader()

    def create_shared_loader(search_path_string: str | None = None) -> botocore.loaders.Loader:
        return shared if search_path_string is None else create_loader(search_path_string)

    botocore.session.create_loader = create_shared_loader


def load_service_models() -> None:
    """
    Has the shared loader read the models, by making clients as a command does. They get credentials that are none, make
    no connection and are thrown away.
    """
    import boto3.session

    session = boto3.session.Session(
        aws_access_key_id="none", aws_secret_access_key="none", region_name="eu-west-1"
    )
    session.get_available_regions("cloudformation")
    for service in SERVICES:
        session.client(service)
    for resource in RESOURCES:
        session.resource(resource)
