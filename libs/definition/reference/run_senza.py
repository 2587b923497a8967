"""What the real Senza makes of definitions, in children of one process, since importing Senza takes longer than a run.

Reads a JSON list of command lines (without `senza`; `-` stands for a file with the text beside it) from standard input:
[{"text": ..., "arguments": ["create", "-", "v1"]}]. Writes a JSON list of {"exit": ..., "output": ...}.
"""
import contextlib
import gc
import io
import json
import os
import sys
import tempfile
import traceback

import boto3
import click
from senza import cli


def run(arguments):
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            cli.cli(args=arguments, standalone_mode=False)
            code = 0
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except SystemExit as error:
            code = error.code
        except BaseException:
            traceback.print_exc(file=output)
            code = 1
    return {"exit": code, "output": output.getvalue()}


def run_in_child(case):
    read_end, write_end = os.pipe()
    if os.fork() == 0:
        os.close(read_end)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            file.write(case["text"])
            file.flush()
            arguments = [file.name if argument == "-" else argument for argument in case["arguments"]]
            result = run(arguments + ["--stacktrace-visible"])
        with os.fdopen(write_end, "w") as pipe:
            json.dump(result, pipe)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        result = json.load(pipe)
    os.wait()
    return result


# A child lives for one command: collections would only copy the memory that it shares with this process.
gc.disable()
# The children inherit what boto3 has read.
for service in ("acm", "cloudformation", "ec2", "iam", "route53", "sns"):
    boto3.client(service, os.environ["AWS_DEFAULT_REGION"])
gc.freeze()

json.dump([run_in_child(case) for case in json.load(sys.stdin)], sys.stdout)
