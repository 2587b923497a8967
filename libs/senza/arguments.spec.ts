import { describe, expect, it } from '@jest/globals';
import * as senzaArguments from './commands.js';
import { type CreateRequest } from './commands.js';

const reference = { region: 'eu-west-1', stackName: 'demo', stackVersion: 'v1' };
const creation: CreateRequest = {
  region: 'eu-west-1',
  stackVersion: 'v1',
  definition: '',
  parameters: new Map(),
  tags: new Map(),
};

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
    expect(senzaArguments.createArguments(request)).toEqual([
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

  it('updates without tags, which Senza keeps', () => {
    const request = { ...creation, parameters: new Map([['A', 'b']]), disableRollback: true, dryRun: true };
    expect(senzaArguments.updateArguments(request)).toEqual([
      'update',
      '--region=eu-west-1',
      '--stacktrace-visible',
      '--force',
      '--disable-rollback',
      '--dry-run',
      '--parameter-file=parameters.yaml',
      '--',
      'definition.yaml',
      'v1',
    ]);
  });

  it('names no parameter file when there are no parameters', () => {
    expect(senzaArguments.createArguments(creation).join(' ')).not.toContain('parameter-file');
  });

  it.each([
    [
      'delete',
      senzaArguments.deleteArguments({ ...reference, force: true, dryRun: true }),
      ['--dry-run', '--force', '--', 'demo', 'v1'],
    ],
    ['delete', senzaArguments.deleteArguments(reference), ['--', 'demo', 'v1']],
    ['traffic', senzaArguments.trafficArguments(reference), ['--output=json', '--', 'demo']],
    [
      'traffic',
      senzaArguments.switchTrafficArguments({ ...reference, percentage: 12.5 }),
      ['--output=json', '--', 'demo', 'v1', '12.5'],
    ],
    ['domains', senzaArguments.domainsArguments(reference), ['--output=json', '--', 'demo']],
    [
      'scale',
      senzaArguments.scaleArguments({ ...reference, desiredCapacity: 3 }),
      ['--force', '--', 'demo', 'v1', '3'],
    ],
    ['patch', senzaArguments.patchArguments({ ...reference, image: 'latest' }), ['--image=latest', '--', 'demo', 'v1']],
    ['respawn-instances', senzaArguments.respawnInstancesArguments(reference), ['--', 'demo', 'v1']],
  ])('%s is called as Senza wants it', (subcommand, actual, rest) => {
    expect(actual).toEqual([subcommand, '--region=eu-west-1', '--stacktrace-visible', ...rest]);
  });
});

describe('values that would mean something else to Senza', () => {
  it.each(['--help', '-f', '', 'de.*', 'demo|other', 'demo\n', 'a/b', 'definition.yaml', 'demo$'])(
    'refuses the stack name %j',
    (stackName) => {
      expect(() => senzaArguments.deleteArguments({ ...reference, stackName })).toThrow(
        expect.objectContaining({ code: 'usage' }),
      );
    },
  );

  it.each(['--all', '', '.', 'v1|v2', '1.0', 'v-1'])(
    'refuses the version %j: an empty one would be all of them',
    (stackVersion) => {
      expect(() => senzaArguments.deleteArguments({ ...reference, stackVersion })).toThrow(
        expect.objectContaining({ code: 'usage' }),
      );
    },
  );

  it.each([101, -1, Number.NaN])('refuses %p percent instead of letting Senza clamp it', (percentage) => {
    expect(() => senzaArguments.switchTrafficArguments({ ...reference, percentage })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });

  it.each([101, 1.5])('refuses %p instances', (desiredCapacity) => {
    expect(() => senzaArguments.scaleArguments({ ...reference, desiredCapacity })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });
});

describe('a command as people read it', () => {
  it('leaves out the values of tags', () => {
    const commandArguments = senzaArguments.createArguments({ ...creation, tags: new Map([['Team', 'x\ny']]) });
    expect(senzaArguments.describeCommand(commandArguments)).toBe(
      'senza create --region=eu-west-1 --stacktrace-visible --force --tag=Team=... -- definition.yaml v1',
    );
  });
});
