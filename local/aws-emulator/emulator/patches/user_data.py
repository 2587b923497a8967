"""User data of instances is limited to 16 KB, in raw form, before it is base64-encoded.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
"""

import base64
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend

LARGEST_BYTES = 16_384
original = AutoScalingBackend.create_launch_configuration


def create_launch_configuration(self: AutoScalingBackend, *args: Any, **kwargs: Any) -> Any:
    user_data = kwargs.get("user_data")
    # CloudFormation passes text, the API an object that encodes to it.
    encoded = getattr(user_data, "as_bytes", lambda: user_data)()
    if encoded and len(base64.b64decode(encoded)) > LARGEST_BYTES:
        raise ValidationError(f"User data is limited to {LARGEST_BYTES} bytes")
    return original(self, *args, **kwargs)


def apply() -> None:
    AutoScalingBackend.create_launch_configuration = create_launch_configuration
