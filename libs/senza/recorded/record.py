#!/usr/bin/env python3
"""Records what the real Senza writes: one JSON file per case, with arguments, exit code and both streams.

Usage, with Senza's command line, the emulator already seeded (see README.md):
    AWS_ENDPOINT_URL=http://127.0.0.1:PORT python record.py SENZA DEFINITIONS [OUTPUT]
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SENZA, DEFINITIONS = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
INSTALLED_IN = str(pathlib.Path(SENZA).parent.parent)
OUTPUT = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else __file__ + '/..').resolve()
REGION = '--region=eu-west-1'
CREDENTIALS = {'AWS_ACCESS_KEY_ID': 'x', 'AWS_SECRET_ACCESS_KEY': 'x'}
BASE = {
    'PATH': os.environ['PATH'],
    'LC_ALL': 'C.UTF-8',
    'AWS_ENDPOINT_URL': os.environ['AWS_ENDPOINT_URL'],
    'AWS_EC2_METADATA_DISABLED': 'true',
    'AWS_DEFAULT_REGION': 'eu-west-1',
}


def run(arguments, files=None, environment=None):
    with tempfile.TemporaryDirectory() as directory:
        for name, text in (files or {}).items():
            pathlib.Path(directory, name).write_text(text)
        return subprocess.run(
            [SENZA, *arguments], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env={**BASE, 'HOME': directory, **(CREDENTIALS if environment is None else environment)},
        )


def record(name, arguments, files=None, environment=None):
    done = run(arguments, files, environment)
    stderr = done.stderr.replace(INSTALLED_IN, '.venv')
    case = {'arguments': arguments, 'exitCode': done.returncode, 'stdout': done.stdout, 'stderr': stderr}
    (OUTPUT / f'{name}.json').write_text(json.dumps(case, indent=2) + '\n')
    print(f'{name}: exit {done.returncode}')


def text_of(definition):
    return (DEFINITIONS / definition).read_text()


def create(name, definition, version, *options, parameters=None):
    files = {'definition.yaml': definition}
    arguments = ['create', REGION, '--force', '--stacktrace-visible', *options]
    if parameters is not None:
        files['parameters.yaml'] = parameters
        arguments.append('--parameter-file=parameters.yaml')
    record(name, [*arguments, '--', 'definition.yaml', version], files)


def command(name, subcommand, *arguments, **others):
    record(name, [subcommand, REGION, '--stacktrace-visible', *arguments], **others)


BARE, CONFIG, README, WEIGHTED = map(text_of, ('00-bare.yaml', '01-config.yaml', '04-readme-elb.yaml', '06-weighted-plain.yaml'))
record('version', ['--version'])

create('create', BARE, '1', '--tag=LizzyVersion=3')
create('create-dry-run', BARE, '2', '--dry-run', '--tag=LizzyVersion=3')
create('create-exists', BARE, '1')
create('create-bad-tag', BARE, '2', '--tag=a=b=c')
create('create-bad-version', BARE, '1.0')
create('create-unknown-region', BARE, '2', '--region=eu-nowhere-1')
create('create-missing-parameter', CONFIG, '1')
create('create-too-many-parameters', CONFIG, '1', parameters='ImageVersion: "1"\nExtra: "2"\nMore: "3"\n')
create('create-unknown-parameter', CONFIG, '1', parameters='More: "3"\n')
create('create-parameters', CONFIG, '1', parameters='"ImageVersion": "it''s: #1"\n')
create('create-unknown-component', BARE + 'SenzaComponents:\n  - X:\n      Type: Senza::Nope\n', '2')
create('create-unknown-template-key', BARE.replace('AWS::SQS::Queue', 'AWS::SQS::Queue{{Nope}}'), '2')
create('create-no-senza-info', 'Resources: {}\n', '2')
create('create-not-yaml', 'a: [\n', '2')
create('create-no-security-group', README.replace('[app-demo]', '[app-nope]'), '1', parameters='ImageVersion: "1"\n')
create('create-demo-1', README, '1', parameters='ImageVersion: "1"\n')
create('create-demo-2', README, '2', parameters='ImageVersion: "2"\n')

command('domains', 'domains', '--output=json', '--', 'demo')
command('domains-none', 'domains', '--output=json', '--', 'bare')
command('traffic', 'traffic', '--output=json', '--', 'demo')
command('traffic-not-found', 'traffic', '--output=json', '--', 'nosuch')
command('traffic-no-domain', 'traffic', '--output=json', '--', 'bare', '1', '50')
command('traffic-version-not-found', 'traffic', '--output=json', '--', 'demo', '9', '50')
command('traffic-switch', 'traffic', '--output=json', '--', 'demo', '1', '100')
command('traffic-half', 'traffic', '--output=json', '--', 'demo', '2', '50')
command('traffic-unchanged', 'traffic', '--output=json', '--', 'demo', '2', '50')
command('traffic-weights', 'traffic', '--output=json', '--', 'demo')
command('delete-has-traffic', 'delete', '--', 'demo', '1')
command('delete-dry-run', 'delete', '--dry-run', '--', 'bare', '1')
command('delete-not-found', 'delete', '--', 'nosuch', '1')
command('scale', 'scale', '--force', '--', 'demo', '1', '2')
command('scale-unchanged', 'scale', '--force', '--', 'demo', '1', '2')
command('scale-not-found', 'scale', '--force', '--', 'nosuch', '1', '2')
command('patch', 'patch', '--image=ami-0aa0000000000001a', '--', 'demo', '1')
command('patch-not-found', 'patch', '--image=ami-0aa0000000000001a', '--', 'nosuch', '1')
command('respawn', 'respawn-instances', '--', 'demo', '1')
command('traffic-zero', 'traffic', '--output=json', '--', 'demo', '2', '0')
command('traffic-last-zero', 'traffic', '--output=json', '--', 'demo', '1', '0')
command('delete', 'delete', '--force', '--', 'bare', '1')
command('usage', 'scale', '--nope')
command('no-credentials', 'traffic', '--output=json', '--', 'demo', environment={})
command('unreachable', 'traffic', '--output=json', '--', 'demo', environment={**CREDENTIALS, 'AWS_ENDPOINT_URL': 'http://127.0.0.1:9', 'AWS_MAX_ATTEMPTS': '1'})
