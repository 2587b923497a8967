"""Which call of which service an HTTP request is."""

import io
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

CREDENTIAL = re.compile(r"Credential=[^/,]+/[^/,]*/([^/,]+)/([^/,]+)/aws4_request")
STACK_ID = re.compile(r"arn:aws[^:]*:cloudformation:[^:]*:[^:]*:stack/([^/]+)/")
# Route 53 is a REST API: the action is in the method and the path.
ROUTE53 = [
    ("GET", re.compile(r"^/[\d-]+/hostedzonesbyname$"), "ListHostedZonesByName"),
    ("GET", re.compile(r"^/[\d-]+/hostedzone/?$"), "ListHostedZones"),
    ("GET", re.compile(r"^/[\d-]+/hostedzone/[^/]+$"), "GetHostedZone"),
    ("GET", re.compile(r"^/[\d-]+/hostedzone/[^/]+/rrset/?$"), "ListResourceRecordSets"),
    ("POST", re.compile(r"^/[\d-]+/hostedzone/[^/]+/rrset/?$"), "ChangeResourceRecordSets"),
]
HOSTED_ZONE = re.compile(r"/hostedzone/([^/]+)/rrset/?$")
# Large values and those that have a form of their own are not recorded as they are.
NOT_RECORDED = re.compile(r"^(TemplateBody|UserData|Parameters\.|Action$|Version$)")
STACK_PARAMETER = re.compile(r"^Parameters\.member\.(\d+)\.(ParameterKey|ParameterValue|UsePreviousValue)$")
LONGEST_VALUE = 256


@dataclass
class AwsRequest:
    service: str = "unknown"
    action: str = "unknown"
    region: str = "unknown"
    stack: str | None = None
    protocol: str = "query"
    hosted_zone: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    # Of CreateStack and UpdateStack: the value by name, None for UsePreviousValue.
    stack_parameters: dict[str, str | None] = field(default_factory=dict)


def read(environ: dict[str, Any]) -> AwsRequest:
    """Reads the request; its body is put back for moto."""
    request = AwsRequest()
    if match := CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "")):
        request.region, request.service = match.groups()
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)

    method, path = environ.get("REQUEST_METHOD", "GET"), environ.get("PATH_INFO", "/")
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        request.action, request.protocol = target.rsplit(".", 1)[-1], "json"
    elif request.service == "route53":
        request.protocol = "rest-xml"
        matches = (name for verb, pattern, name in ROUTE53 if verb == method and pattern.match(path))
        request.action = next(matches, f"{method} {path}")
        request.parameters = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        zone = HOSTED_ZONE.search(path)
        request.hosted_zone = zone.group(1) if zone else None
    elif request.service == "s3":
        request.protocol = "rest-xml"
        request.action = "PutObject" if method == "PUT" and path.count("/") > 1 else f"{method} {path}"
        request.parameters = {"path": path}
    else:
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        request.protocol = "ec2" if request.service == "ec2" else "query"
        request.action = form.get("Action", f"{method} {path}")
        name = form.get("StackName")
        id_match = STACK_ID.match(name or "")
        request.stack = id_match.group(1) if id_match else name
        request.parameters = {
            key: value[:LONGEST_VALUE] for key, value in form.items() if not NOT_RECORDED.match(key)
        }
        request.stack_parameters = stack_parameters_of(form)
    return request


def stack_parameters_of(form: dict[str, str]) -> dict[str, str | None]:
    by_number: dict[str, dict[str, str]] = {}
    for key, value in form.items():
        if match := STACK_PARAMETER.match(key):
            by_number.setdefault(match.group(1), {})[match.group(2)] = value
    return {
        parameter.get("ParameterKey", ""): None
        if parameter.get("UsePreviousValue") == "true"
        else parameter.get("ParameterValue", "")[:LONGEST_VALUE]
        for parameter in by_number.values()
    }
