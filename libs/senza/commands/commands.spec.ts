import { describe, expect, it } from '@jest/globals';
import { SenzaError } from '../errors.js';
import { readRecorded } from '../recorded.fixture.js';
import { describeCommand, type SenzaCommand, type SenzaRequest } from '../senza-command.js';
import { type CreateRequest, senzaCreate } from './create.js';
import { senzaDelete } from './delete.js';
import { senzaPatch } from './patch.js';
import { senzaRegions } from './regions.js';
import { senzaRespawnInstances } from './respawn-instances.js';
import { senzaScale } from './scale.js';
import { senzaSetWeights } from './set-weights.js';
import { senzaSwitchTraffic } from './traffic.js';
import { senzaUpdate } from './update.js';
import { senzaVersion } from './version.js';

const reference = { region: 'eu-west-1', stackName: 'demo', stackVersion: 'v1' };
const creation: CreateRequest = { ...reference, definition: 'SenzaInfo: {}', parameters: new Map(), tags: new Map() };

function readRecord<Request extends SenzaRequest, Result>(
  command: SenzaCommand<Request, Result>,
  name: string,
): Result {
  const { stdout, stderr } = readRecorded(name);
  return command.read({ command: 'senza x', stdout, output: stdout + stderr });
}

const usage = expect.objectContaining({ code: 'usage' });

describe('arguments of Senza', () => {
  it('creates with tags, options and a parameter file before the end of options', () => {
    const request: CreateRequest = {
      ...creation,
      parameters: new Map([['ImageVersion', 'secret']]),
      tags: new Map([
        ['LizzyVersion', '3.0.0'],
        ['Team', 'a b'],
      ]),
      dryRun: true,
      disableRollback: true,
    };
    expect(senzaCreate.arguments(request)).toEqual([
      'create',
      '--region=eu-west-1',
      '--stacktrace-visible',
      '--force',
      '--disable-rollback',
      '--dry-run',
      '--tag=LizzyVersion=3.0.0',
      '--tag=Team=a b',
      '--parameter-file=parameters.yaml',
      '--',
      'definition.yaml',
      'v1',
    ]);
  });

  it('names no parameter file when there are no parameters', () => {
    expect(senzaCreate.arguments(creation).join(' ')).not.toContain('parameter-file');
    expect(senzaCreate.files?.(creation)).toEqual({ 'definition.yaml': 'SenzaInfo: {}' });
  });

  it('has the runtime compare name, version and tags of what is created', () => {
    expect(senzaCreate.settings?.({ ...creation, tags: new Map([['Team', 'a']]) })).toEqual({
      expected_stack: { name: 'demo', version: 'v1', tags: { Team: 'a' } },
    });
  });

  it.each([
    [
      'update',
      senzaUpdate.arguments({ ...creation, parameters: new Map([['A', 'b']]), disableRollback: true, dryRun: true }),
      ['--force', '--disable-rollback', '--dry-run', '--parameter-file=parameters.yaml', '--', 'definition.yaml', 'v1'],
    ],
    [
      'delete',
      senzaDelete.arguments({ ...reference, force: true, dryRun: true }),
      ['--dry-run', '--force', '--', 'demo', 'v1'],
    ],
    ['delete', senzaDelete.arguments(reference), ['--', 'demo', 'v1']],
    [
      'traffic',
      senzaSwitchTraffic.arguments({ ...reference, percentage: 12.5 }),
      ['--output=json', '--', 'demo', 'v1', '12.5'],
    ],
    ['scale', senzaScale.arguments({ ...reference, desiredCapacity: 3 }), ['--force', '--', 'demo', 'v1', '3']],
    ['patch', senzaPatch.arguments({ ...reference, image: 'latest' }), ['--image=latest', '--', 'demo', 'v1']],
    ['respawn-instances', senzaRespawnInstances.arguments(reference), ['--', 'demo', 'v1']],
  ])('%s has the arguments that Senza expects', (subcommand, actual, rest) => {
    expect(actual).toEqual([subcommand, '--region=eu-west-1', '--stacktrace-visible', ...rest]);
  });
});

describe('exact weights', () => {
  it('are given in a file, in the units of Route 53, for a literal name', () => {
    const domains = [{ domain: 'web.example.org', type: null, weights: { 'web-1': 33.5, legacy: 66.5 } }];
    const request = { region: 'eu-west-1', stackName: 'web', domains, records: [] };
    expect(senzaSetWeights.arguments(request).slice(-2)).toEqual(['--', 'weights.json']);
    expect(JSON.parse(senzaSetWeights.files?.(request)['weights.json'] ?? '')).toEqual({
      stack_name: 'web',
      domains: [{ domain: 'web.example.org', type: null, weights: { 'web-1': 67, legacy: 133 } }],
      records: [],
    });
    expect(() => senzaSetWeights.files?.({ ...request, stackName: 'we.*' })).toThrow(usage);
  });
});

describe('values that would mean something else to Senza', () => {
  it.each(['--help', '-f', '', 'de.*', 'demo|other', 'demo\n', 'a/b', 'definition.yaml', 'demo$'])(
    'rejects the stack name %j',
    (stackName) => {
      expect(() => senzaDelete.arguments({ ...reference, stackName })).toThrow(usage);
    },
  );

  it.each(['--all', '', '.', 'v1|v2', '1.0', 'v-1'])(
    'rejects the version %j: an empty one would match all versions',
    (stackVersion) => {
      expect(() => senzaDelete.arguments({ ...reference, stackVersion })).toThrow(usage);
      expect(() => senzaUpdate.arguments({ ...creation, stackVersion })).toThrow(usage);
    },
  );

  it.each([101, -1, Number.NaN])('rejects %p percent instead of letting Senza clamp it', (percentage) => {
    expect(() => senzaSwitchTraffic.arguments({ ...reference, percentage })).toThrow(usage);
  });

  it.each([101, 1.5])('rejects %p instances', (desiredCapacity) => {
    expect(() => senzaScale.arguments({ ...reference, desiredCapacity })).toThrow(usage);
  });
});

describe('a command for display', () => {
  it('leaves out the values of tags', () => {
    const commandArguments = senzaCreate.arguments({ ...creation, tags: new Map([['Team', 'x\ny']]) });
    expect(describeCommand(commandArguments)).toBe(
      'senza create --region=eu-west-1 --stacktrace-visible --force --tag=Team=... -- definition.yaml v1',
    );
  });
});

describe('what the real Senza has printed', () => {
  it('gives old and new weights of a switch', () => {
    expect(readRecord(senzaSwitchTraffic, 'traffic-half').changes).toEqual([
      { version: '1', identifier: 'demo-1', domain: null, oldWeight: 100, newWeight: 50 },
      { version: '2', identifier: 'demo-2', domain: null, oldWeight: 0, newWeight: 50 },
    ]);
  });

  it('gives no changes when Senza announces nothing, as for the last version that loses its traffic', () => {
    expect(readRecord(senzaSwitchTraffic, 'traffic-last-zero').changes).toEqual([]);
  });

  it('distinguishes an update from one that had nothing to change', () => {
    const read = (output: string): boolean => senzaUpdate.read({ command: 'senza x', stdout: '', output }).changed;
    expect(read('Generating Cloud Formation template.. OK\nUpdating Cloud Formation stack demo-1.. OK\n')).toBe(true);
    expect(read('Updating Cloud Formation stack demo-1.. NO UPDATE\n')).toBe(false);
  });

  it('gives the version', () => {
    expect(readRecord(senzaVersion, 'version')).toBe('2.1.143');
  });

  it('gives the regions that are named when one is refused', () => {
    const { stderr } = readRecorded('create-unknown-region');
    const error = new SenzaError('usage', '', { command: '', exitCode: 2, signal: null, outputTail: stderr });
    const regions = senzaRegions.readFailure?.(error);
    expect([...(regions ?? [])]).toEqual(expect.arrayContaining(['af-south-1', 'eu-west-1', 'us-west-2']));
    expect(regions?.size).toBeGreaterThan(30);
  });
});

describe('output that is not what was expected', () => {
  const read = (stdout: string): unknown => senzaSwitchTraffic.read({ command: 'senza x', stdout, output: stdout });

  it.each(['[{"stack_name": "demo"', '{}', '[{"stack_name": 1}]'])('is an error of its own: %s', (stdout) => {
    expect(() => read(stdout)).toThrow(expect.objectContaining({ code: 'unexpected_output' }));
  });

  it('is an error for a version too', () => {
    expect(() => senzaVersion.read({ command: 'senza x', stdout: 'Python 3', output: '' })).toThrow(SenzaError);
  });
});
