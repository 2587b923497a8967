"""A template in S3: moto finds its bucket only in URLs of amazonaws.com and localhost, and fails when it is missing.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (TemplateURL)
"""

from urllib.parse import unquote, urlparse

from moto.cloudformation import responses
from moto.cloudformation.exceptions import ValidationError
from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends


def read_template(response: responses.CloudFormationResponse, url: str) -> str:
    """Path style, as Lizzy writes it: https://s3.REGION.amazonaws.com/BUCKET/KEY, or the address of the emulator."""
    bucket, _, key = unquote(urlparse(url).path).lstrip("/").partition("/")
    try:
        found = s3_backends[response.current_account][response.partition].get_object(bucket, key)
    except S3ClientError as error:
        raise ValidationError(message=f"S3 error: {error.message}") from error
    if found is None:
        raise ValidationError(message="S3 error: The specified key does not exist.")
    return found.value.decode()


def apply() -> None:
    responses.CloudFormationResponse._get_stack_from_s3_url = read_template
