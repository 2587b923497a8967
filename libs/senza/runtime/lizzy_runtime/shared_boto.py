"""
Has boto3 make once what it makes anew for each session and each client: 19 clients for the README's definition, each with
a class of up to 700 methods, a copy of all event handlers and connections of its own.
"""

import copy
import functools

import boto3
import boto3.resources.collection
import boto3.resources.factory
import botocore.client
import botocore.hooks
import botocore.loaders
import botocore.regions
import botocore.session
import botocore.useragent

from . import aws_requests, shared_handlers, shared_tls


def share() -> None:
    """To be called once, before the first session."""
    _share_loader()
    _share_handlers()
    _share_client_classes()
    _share_resource_classes()
    _share_endpoint_rules()
    shared_tls.share()
    # Called for each word of the header, at each request.
    botocore.useragent.sanitize_user_agent_string_component = functools.cache(
        botocore.useragent.sanitize_user_agent_string_component
    )
    # Senza's calls have texts as arguments only. Nothing calls them before the command: no client is ever inherited.
    boto3.client = functools.cache(boto3.client)
    boto3.resource = functools.cache(boto3.resource)


def _share_loader() -> None:
    """
    One loader of AWS's service models for all sessions. Senza makes a second session to check the region, which would read
    the partitions and endpoints again.
    """
    create_loader = botocore.loaders.create_loader
    shared = create_loader()

    def create_shared_loader(search_path_string: str | None = None) -> botocore.loaders.Loader:
        return shared if search_path_string is None else create_loader(search_path_string)

    botocore.session.create_loader = create_shared_loader


def _share_handlers() -> None:
    """
    Botocore's own event handlers, which are functions of modules, are registered once and copied for each session and
    client.
    """
    shared_handlers.share()
    registered = botocore.hooks.HierarchicalEmitter()
    botocore.session.Session(event_hooks=registered)
    aws_requests.observe(registered)

    def get_session(env_vars=None) -> botocore.session.Session:
        handlers = copy.copy(registered)
        return botocore.session.Session(env_vars, event_hooks=handlers, include_builtin_handlers=False)

    botocore.session.get_session = get_session


def _share_client_classes() -> None:
    """The model and the class of a service's clients, which no client changes."""
    creator = botocore.client.ClientCreator
    load_model, create_class = creator._load_service_model, creator._create_client_class
    models, classes = {}, {}

    def load_shared_model(self, service_name, api_version=None):
        # Resources of boto3 name the version, clients do not: it is the same.
        version = api_version or self._loader.determine_latest_version(service_name, "service-2")
        key = service_name, version
        if key not in models:
            models[key] = load_model(self, service_name, api_version)
        return models[key]

    def create_shared_class(self, service_name, service_model):
        # Handlers of a session may extend the classes of other services.
        if service_name not in SERVICES:
            return create_class(self, service_name, service_model)
        if service_model not in classes:
            classes[service_model] = create_class(self, service_name, service_model)
        return classes[service_model]

    creator._load_service_model = load_shared_model
    creator._create_client_class = create_shared_class


def _share_resource_classes() -> None:
    """The classes of boto3's resources, one for each answer with resources otherwise."""
    factory = boto3.resources.factory.ResourceFactory
    load = factory.load_from_definition
    classes = {}

    def load_shared(self, resource_name, single_resource_json_definition, service_context):
        key = service_context.service_name, resource_name
        if key not in classes:
            classes[key] = load(self, resource_name, single_resource_json_definition, service_context)
        return classes[key]

    factory.load_from_definition = load_shared

    collections = boto3.resources.collection.CollectionFactory
    load_collection = collections.load_from_definition
    collection_classes = {}

    def load_shared_collection(self, resource_name, collection_model, service_context, event_emitter):
        key = service_context.service_name, resource_name, collection_model.name
        if key not in collection_classes:
            collection_classes[key] = load_collection(
                self, resource_name, collection_model, service_context, event_emitter
            )
        return collection_classes[key]

    collections.load_from_definition = load_shared_collection


def _share_endpoint_rules() -> None:
    """The rules for a service's endpoints, which depend on its model only."""
    create_provider = botocore.regions.EndpointProvider
    providers = {}

    def create_shared_provider(ruleset_data, partition_data, excluded_params=None):
        # The shared loader returns the same objects each time; they are kept here, so that no other has their identity.
        key = id(ruleset_data), id(partition_data), excluded_params and frozenset(excluded_params)
        if key not in providers:
            provider = create_provider(ruleset_data, partition_data, excluded_params)
            providers[key] = provider, ruleset_data, partition_data
        return providers[key][0]

    botocore.regions.EndpointProvider = create_shared_provider


# Services of which Senza asks something in the commands that the agent runs.
SERVICES = ("cloudformation", "route53", "iam", "sts", "ec2", "autoscaling", "elb", "elbv2", "acm", "sns")
