"""AWS's error answers, in the form of each protocol."""

import json
from xml.sax.saxutils import escape

from .aws_request import AwsRequest

# Services name the same thing differently: EC2 has its own word for "too many calls".
THROTTLING = {"ec2": ("RequestLimitExceeded", 503, "Request limit exceeded.")}
THROTTLING_ELSEWHERE = ("Throttling", 400, "Rate exceeded")


def throttling(request: AwsRequest) -> tuple[str, int, str]:
    return THROTTLING.get(request.service, THROTTLING_ELSEWHERE)


def body_of(request: AwsRequest, code: str, message: str) -> tuple[str, bytes]:
    """The media type and body of an error."""
    if request.protocol == "json":
        return "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if request.protocol == "ec2":
        xml = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>fault</RequestID></Response>"
    else:
        xml = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>fault</RequestId></ErrorResponse>"
    return "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>{xml}'.encode()
