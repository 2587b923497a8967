"""What PyYAML's safe loader, with which Senza reads definitions, makes of texts.

Reads a JSON list of texts from standard input and writes a JSON list of results: {"value": ...} in the encoding of
`encode`, or {"error": "..."}.
"""
import base64
import datetime
import json
import sys

import yaml

Loader = getattr(yaml, "SafeLoader")


def encode(value, depth=0):
    if depth > 400:
        raise RecursionError("nested too deeply")
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["boolean", value]
    if isinstance(value, int):
        return ["integer", str(value)]
    if isinstance(value, float):
        return ["float", repr(value)]
    if isinstance(value, str):
        return ["string", value]
    if isinstance(value, bytes):
        return ["binary", base64.b64encode(value).decode()]
    if isinstance(value, datetime.datetime):
        text = value.strftime("%Y-%m-%dT%H:%M:%S.%f")
        text = "0" * (26 - len(text)) + text
        offset = value.utcoffset()
        return ["date", text if offset is None else "%s%+d" % (text, offset.total_seconds() // 60)]
    if isinstance(value, datetime.date):
        return ["date", value.isoformat()]
    if isinstance(value, (list, tuple)):
        return ["list", [encode(item, depth + 1) for item in value]]
    if isinstance(value, set):
        return ["set", sorted(json.dumps(encode(item, depth + 1), ensure_ascii=False, separators=(",", ":")) for item in value)]
    return ["dict", [[encode(key, depth + 1), encode(item, depth + 1)] for key, item in value.items()]]


def load(text):
    try:
        # As bytes, since Senza reads files.
        return {"value": encode(yaml.load(text.encode("utf-8", "surrogatepass"), Loader))}
    except Exception as error:
        return {"error": "%s: %s" % (type(error).__name__, error)}


json.dump([load(text) for text in json.load(sys.stdin)], sys.stdout)
