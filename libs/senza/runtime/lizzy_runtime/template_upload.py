"""
The template as an argument of a call to CloudFormation: its text, or, when it is too large for a request, where it is in the
bucket of the setting TEMPLATE_BUCKET. CloudFormation reads it there with the credentials of the command, which also store it.
"""

import functools
import hashlib
from typing import Optional

import click
from botocore.exceptions import ClientError

from .template_size import TEMPLATE_BODY_BYTES, check_template_size

# What all keys begin with; deploy/iam/worker-template-bucket.json allows no others.
PREFIX = "lizzy"
# The bucket of the command; in its name `{region}` is the region of the stack.
bucket: str | None = None


def template_argument(stack: str, region: Optional[str], body: str) -> dict[str, str]:
    """`TemplateBody`, or `TemplateURL` of a template that it has stored. Raises an error of one sentence."""
    check_template_size(stack, body, has_bucket=bucket is not None)
    if bucket is None or len(body.encode()) <= TEMPLATE_BODY_BYTES:
        return {"TemplateBody": body}
    return {"TemplateURL": _store(bucket.replace("{region}", region or ""), stack, region, body)}


@functools.cache
def _store(bucket_name: str, stack: str, region: Optional[str], body: str) -> str:
    """Stores a template once for each command. Returns its URL. A repeated command stores it under the same key."""
    from senza.manaus.boto_proxy import BotoClientProxy

    client = BotoClientProxy("s3", region)
    key = f"{PREFIX}/{stack}/{hashlib.sha256(body.encode()).hexdigest()}.json"
    try:
        client.put_object(Bucket=bucket_name, Key=key, Body=body.encode(), ContentType="application/json")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise
        raise click.ClickException(
            f"The template of the stack {stack} cannot be stored in the bucket {bucket_name} (TEMPLATE_BUCKET): {error}"
        ) from error
    return f"{client.meta.endpoint_url}/{bucket_name}/{key}"
