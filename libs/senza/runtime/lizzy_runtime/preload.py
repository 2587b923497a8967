"""Loads in advance what most commands need."""

import importlib
import mimetypes
import pkgutil

from . import exercise, match_hostname, rendered_yaml
from .shared_boto import SERVICES

# Their modules are imported inside of functions, or by their names.
PACKAGES = ("senza.components", "senza.manaus")


def import_senza() -> None:
    match_hostname.provide()
    import senza.cli  # noqa: F401

    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{name}.{module.name}")
    rendered_yaml.use()


def load_service_models() -> None:
    """
    Reads the models, by making clients as a command does. They get placeholder credentials, make no connection and are
    thrown away.
    """
    import boto3.session

    session = boto3.session.Session(
        aws_access_key_id="none", aws_secret_access_key="none", region_name="eu-west-1"
    )
    session.get_available_regions("cloudformation")
    clients = {service: session.client(service) for service in SERVICES}
    for client in clients.values():
        # Reads which operations have pages, whatever the argument.
        client.can_paginate(next(iter(client.meta.method_to_api_mapping)))
    exercise.run(session, clients)
    # urllib, with which Senza opens the definition, reads the system's table.
    mimetypes.init()
