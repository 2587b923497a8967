import { readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { SenzaError } from '#senza';
import { untilExited } from '../../libs/senza/processes.fixture.js';
import { type CommandOutput } from '../../libs/senza/senza-command.js';
import { senzaCreate } from '#senza/commands/create.js';
import { senzaDelete } from '#senza/commands/delete.js';
import { senzaVersion } from '#senza/commands/version.js';
import { isRunning, until } from '../../local/services/index.js';
import { childrenOf } from './child-processes.js';
import { copySenza } from './copied-senza.js';
import { hasInMemory } from './process-memory.js';
import { context, type RuntimeFixture, type RuntimeOptions, startRuntime } from './senza-runtime.js';

const REFERENCE = { region: 'eu-west-1', stackName: 'app', stackVersion: '1' };
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_EC2_METADATA_DISABLED: 'true' };

describe('the Senza runtime', () => {
  // An AWS that accepts connections and does not answer: a command that calls it runs until it is ended.
  let silentAws: Server;
  let aws: Readonly<Record<string, string>>;
  const fixtures: RuntimeFixture[] = [];
  beforeAll(async () => {
    silentAws = createServer(() => undefined);
    await new Promise<void>((resolve) => silentAws.listen(0, '127.0.0.1', resolve));
    const address = silentAws.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    aws = { ...CREDENTIALS, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` };
  });
  afterEach(async () => {
    await Promise.all(fixtures.splice(0).map((fixture) => fixture.stop()));
  });
  afterAll(() => {
    silentAws.close();
  });

  async function start(options: RuntimeOptions = {}): Promise<RuntimeFixture> {
    const fixture = await startRuntime(options);
    fixtures.push(fixture);
    return fixture;
  }

  /** A command that hangs in its first call of AWS; its outcome, its process, and that of its launcher. */
  async function hang(
    { senza, runtime }: RuntimeFixture,
    signal = new AbortController().signal,
  ): Promise<{ outcome: Promise<CommandOutput | SenzaError>; pid: number; launcher: number }> {
    const template = runtime.pid ?? 0;
    const outcome = senza.run(senzaDelete, REFERENCE, context({ signal })).catch((error: unknown) => {
      if (error instanceof SenzaError) return error;
      throw error;
    });
    await until('the command to run', () => Promise.resolve(childrenOf(template).length > 0));
    const launchers = childrenOf(process.pid).filter((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('launcher.py'),
    );
    return { outcome, pid: childrenOf(template)[0] ?? 0, launcher: launchers[0] ?? 0 };
  }

  it('runs commands as forks of its template', async () => {
    const fixture = await start();
    expect(await fixture.senza.run(senzaVersion, {}, context())).toBe('2.1.143');
    expect(fixture.starts).toEqual(['warm']);
  });

  it('leaves nothing of a command in its template and in the next command', async () => {
    // Nowhere else in this process's environment, and so not in that of its children.
    const canary = `canary-${String(process.hrtime.bigint())}`;
    const { senza, runtime, watchdog } = await start({ environment: { ...aws, AWS_SESSION_TOKEN: canary } });
    const template = runtime.pid ?? 0;
    const cancel = new AbortController();
    const request = {
      ...REFERENCE,
      definition:
        'SenzaInfo: {StackName: app, Parameters: [P: {Description: x}]}\n' +
        'SenzaComponents: [C: {Type: "Senza::Configuration"}]\nResources: {Q: {Type: "AWS::SQS::Queue"}}\n',
      parameters: new Map([['P', canary]]),
      tags: new Map([['Canary', canary]]),
    };
    const first = senza.run(senzaCreate, request, context({ signal: cancel.signal })).catch(() => undefined);
    await until('the command to have the canary in its memory', () =>
      Promise.resolve(childrenOf(template).some((pid) => hasInMemory(pid, canary))),
    );
    for (const pid of [template, ...childrenOf(template)])
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(canary);
    cancel.abort();
    await first;
    expect(hasInMemory(template, canary)).toBe(false);
    expect((await readdir(watchdog.directory)).filter((name) => name.startsWith('run-'))).toEqual([]);

    // A command without credentials hangs nowhere: it has looked for them in vain.
    const cwd = await mkdtemp(join(watchdog.directory, 'run-'));
    const { executable, arguments: warm } = runtime.launch(['domains', '--region=eu-west-1', 'app']);
    const environment = {
      LC_ALL: 'C.UTF-8',
      HOME: cwd,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_DEFAULT_REGION: 'eu-west-1',
    };
    const next = await execa(executable, warm, { cwd, env: environment, extendEnv: false, reject: false });
    expect(next.stderr).toContain('No AWS credentials found');

    const other = { ...environment, ...aws, AWS_ACCESS_KEY_ID: 'key-of-the-next' };
    const hanging = execa(executable, warm, { cwd, env: other, extendEnv: false, reject: false });
    await until('the next command to run', () => Promise.resolve(childrenOf(template).length > 0));
    const [pid = 0] = childrenOf(template);
    await until('the next command to use its credentials', () =>
      Promise.resolve(hasInMemory(pid, 'Credential=key-of-the-next')),
    );
    expect(hasInMemory(pid, canary)).toBe(false);
    hanging.kill('SIGKILL');
    await hanging;
  });

  it('replaces its template after a thousand commands', async () => {
    const fixture = await start();
    const first = Number(fixture.runtime.pid);
    for (let number = 1; number <= 1000; number += 1) fixture.runtime.launch(['--version']);
    await until('the next template', () => Promise.resolve(fixture.runtime.pid !== first));
    await untilExited([first]);
    expect(await fixture.senza.run(senzaVersion, {}, context())).toBe('2.1.143');
    expect(fixture.starts).toEqual(['warm']);
  });

  it("replaces its template when Senza's files change, without the repairs of the functions that differ", async () => {
    const installation = await copySenza();
    const fixture = await start({ interpreter: installation.python });
    const first = Number(fixture.runtime.pid);
    const version = (): Promise<string> => fixture.senza.run(senzaVersion, {}, context());
    expect(await version()).toBe('2.1.143');
    expect(fixture.runtime.hasRepair('name_security_group')).toBe(true);
    const file = join(installation.senza, 'aws.py');
    const original = await readFile(file, 'utf8');
    await writeFile(file, original.replace(/(?<=def resolve_security_group\(.*\):)/, '  # changed'));
    expect(await version()).toBe('2.1.143');
    const isReplaced = (): boolean => ![undefined, first].includes(fixture.runtime.pid);
    await until('the next template', () => Promise.resolve(isReplaced()));
    expect(await version()).toBe('2.1.143');
    expect(fixture.starts).toEqual(['warm', 'cold', 'warm']);
    expect(fixture.warnings.join()).toContain('"reason":"outdated"');
    const off = fixture.warnings.filter((warning) => warning.startsWith('a repair of Senza is off'));
    expect(off).toEqual([expect.stringContaining('not written for this version of senza.aws:resolve_security_group')]);
    expect(fixture.runtime.hasRepair('name_security_group')).toBe(false);
    expect(fixture.runtime.hasRepair('keep_no_echo_values')).toBe(true);
    await untilExited([first]);
    await installation.remove();
  });

  it.each(['launcher', 'template', 'command'] as const)('leaves no process when the %s is killed', async (which) => {
    const fixture = await start({ environment: aws });
    const template = Number(fixture.runtime.pid);
    const { outcome, pid, launcher } = await hang(fixture);
    process.kill({ launcher, template, command: pid }[which], 'SIGKILL');

    expect(await outcome).toMatchObject({ code: 'crashed', signal: 'SIGKILL' });
    await untilExited([pid, launcher]);
  });

  it('ends a cancelled command before it reports the cancellation', async () => {
    const cancel = new AbortController();
    const { outcome, pid } = await hang(await start({ environment: aws }), cancel.signal);
    cancel.abort();

    // It is killed when it takes more than the grace period, as on a loaded machine.
    expect(await outcome).toMatchObject({ code: 'cancelled', signal: expect.stringMatching(/^SIG(TERM|KILL)$/) });
    expect(isRunning(pid)).toBe(false);
  });

  it('ends the command of a lease that has expired', async () => {
    const fixture = await start({ environment: aws });
    const lease = { deadlineNs: process.hrtime.bigint() + 3_000_000_000n, onRenewed: () => () => undefined };
    const outcome = fixture.senza.run(senzaDelete, REFERENCE, context({ lease }));
    await expect(outcome).rejects.toMatchObject({ code: 'lease_lost' });
    await until('the command to be gone', () => Promise.resolve(childrenOf(Number(fixture.runtime.pid)).length === 0));
  });

  it('does without a template that is frozen, and replaces it', async () => {
    const fixture = await start({ environment: aws });
    const frozen = Number(fixture.runtime.pid);
    const { outcome, pid } = await hang(fixture);
    process.kill(frozen, 'SIGSTOP');
    expect(await fixture.senza.run(senzaVersion, {}, context())).toBe('2.1.143');
    expect(await outcome).toMatchObject({ code: 'crashed', signal: 'SIGKILL' });
    await untilExited([pid, frozen]);
    await until('the next template', () => Promise.resolve(fixture.runtime.pid !== undefined));
    expect(fixture.runtime.pid).not.toBe(frozen);
    expect(fixture.starts.sort()).toEqual(['cold', 'warm']);
    expect(fixture.warnings.join()).toContain('"reason":"frozen"');
  });

  it('starts cold while there is no template, and warm again with the next one', async () => {
    const fixture = await start();
    process.kill(Number(fixture.runtime.pid), 'SIGKILL');
    await until('the template to be missed', () => Promise.resolve(fixture.runtime.pid === undefined));
    expect(await fixture.senza.run(senzaVersion, {}, context())).toBe('2.1.143');
    await until('the next template', () => Promise.resolve(fixture.runtime.pid !== undefined));
    expect(await fixture.senza.run(senzaVersion, {}, context())).toBe('2.1.143');
    expect(fixture.starts).toEqual(['cold', 'warm']);
  });

  it('sets all limits of a command and closes its standard input', async () => {
    const limits = { cpu_seconds: 50, memory_mib: 1024, file_mib: 3, processes: 5000 };
    const { outcome, pid } = await hang(await start({ environment: aws, limits }));
    const expected = [
      /^Max cpu time +50 +52 /m,
      /^Max file size +3145728 +3145728 /m,
      /^Max address space +1073741824 +1207959552 /m,
      /^Max processes +5000 +5000 /m,
    ];
    await until('the command to have its limits', () => {
      const actual = readFileSync(`/proc/${pid}/limits`, 'utf8');
      return Promise.resolve(expected.every((pattern) => pattern.test(actual)));
    });
    expect(readlinkSync(`/proc/${pid}/fd/0`)).toBe('/dev/null');
    process.kill(pid, 'SIGKILL');
    await outcome;
  });
});
