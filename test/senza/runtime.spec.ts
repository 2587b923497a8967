import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { appendFile, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { SenzaError } from '#senza';
import { type CommandOutput } from '#senza/commands/command.js';
import { senzaCreate } from '#senza/commands/create.js';
import { senzaDelete } from '#senza/commands/delete.js';
import { senzaVersion } from '#senza/commands/version.js';
import { TemplateProcess } from '../../libs/senza/runtime/template-process.js';
import { inProject, until } from '../../local/services/index.js';
import { hasInMemory } from './process-memory.js';
import { context, type RuntimeFixture, type RuntimeOptions, startRuntime } from './senza-runtime.js';

const WAIT_MS = 20_000;
const REFERENCE = { region: 'eu-west-1', stackName: 'app', stackVersion: '1' };
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_EC2_METADATA_DISABLED: 'true' };

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

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
    await until('the command to run', WAIT_MS, () => Promise.resolve(childrenOf(template).length > 0));
    const launchers = childrenOf(process.pid).filter((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('launcher.py'),
    );
    return { outcome, pid: childrenOf(template)[0] ?? 0, launcher: launchers[0] ?? 0 };
  }

  const gone = (pid: number): Promise<void> =>
    until(`process ${pid} to be gone`, WAIT_MS, () => Promise.resolve(!isRunning(pid)));

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
    await until('the command to have the canary in its memory', WAIT_MS, () =>
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
    await until('the next command to run', WAIT_MS, () => Promise.resolve(childrenOf(template).length > 0));
    const [pid = 0] = childrenOf(template);
    await until('the next command to use its credentials', WAIT_MS, () =>
      Promise.resolve(hasInMemory(pid, 'Credential=key-of-the-next')),
    );
    expect(hasInMemory(pid, canary)).toBe(false);
    hanging.kill('SIGKILL');
    await hanging;
  });

  it.each(['launcher', 'template', 'command'] as const)('leaves no process when the %s is killed', async (which) => {
    const fixture = await start({ environment: aws });
    const template = fixture.runtime.pid ?? 0;
    const { outcome, pid, launcher } = await hang(fixture);
    process.kill({ launcher, template, command: pid }[which], 'SIGKILL');

    expect(await outcome).toMatchObject({ code: 'crashed', signal: 'SIGKILL' });
    await gone(pid);
    await gone(launcher);
  });

  it('ends a cancelled command before it reports the cancellation', async () => {
    const cancel = new AbortController();
    const { outcome, pid } = await hang(await start({ environment: aws }), cancel.signal);
    cancel.abort();

    expect(await outcome).toMatchObject({ code: 'cancelled', signal: 'SIGTERM' });
    expect(isRunning(pid)).toBe(false);
  });

  it('ends the command of a lease that has expired', async () => {
    const fixture = await start({ environment: aws });
    const lease = { deadlineNs: process.hrtime.bigint() + 3_000_000_000n, onRenewed: () => () => undefined };
    const outcome = fixture.senza.run(senzaDelete, REFERENCE, context({ lease }));
    await expect(outcome).rejects.toMatchObject({ code: 'lease_lost' });
    await until('the command to be gone', WAIT_MS, () =>
      Promise.resolve(childrenOf(fixture.runtime.pid ?? 0).length === 0),
    );
  });

  it('does without a template that is frozen, and replaces it', async () => {
    const fixture = await start({ environment: aws });
    const frozen = fixture.runtime.pid ?? 0;
    const { outcome, pid } = await hang(fixture);
    process.kill(frozen, 'SIGSTOP');
    expect(await fixture.senza.run(senzaVersion, {}, context())).toBe('2.1.143');
    expect(await outcome).toMatchObject({ code: 'crashed', signal: 'SIGKILL' });
    await Promise.all([gone(pid), gone(frozen)]);
    await until('the next template', WAIT_MS, () => Promise.resolve(fixture.runtime.pid !== undefined));
    expect(fixture.runtime.pid).not.toBe(frozen);
    expect(fixture.starts.sort()).toEqual(['cold', 'warm']);
    expect(fixture.warnings.join()).toContain('"reason":"frozen"');
  });

  it('starts cold while there is no template, and warm again with the next one', async () => {
    const fixture = await start();
    process.kill(fixture.runtime.pid ?? 0, 'SIGKILL');
    await until('the template to be missed', WAIT_MS, () => Promise.resolve(fixture.runtime.pid === undefined));
    expect(await fixture.senza.run(senzaVersion, {}, context())).toBe('2.1.143');
    await until('the next template', WAIT_MS, () => Promise.resolve(fixture.runtime.pid !== undefined));
    expect(await fixture.senza.run(senzaVersion, {}, context())).toBe('2.1.143');
    expect(fixture.starts).toEqual(['cold', 'warm']);
  });

  it.each([
    ['processor time', { cpu_seconds: 1 }, 30_000, 'it used more than 1 seconds of processor time'],
    ['memory', { memory_mib: 120 }, 9_000, 'it needed more than 120 MiB of memory'],
  ])('ends a command that uses too much %s, with one sentence', async (_what, limit, resources, sentence) => {
    const limits = { cpu_seconds: 60, memory_mib: 2048, file_mib: 64, processes: 100_000, ...limit };
    const fixture = await start({ environment: { ...CREDENTIALS, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, limits });
    const entries = Array.from({ length: resources }, (_, index) => `  Q${index}: {Type: "AWS::SQS::Queue"}`);
    const request = {
      ...REFERENCE,
      definition: `SenzaInfo: {StackName: app}\nResources:\n${entries.join('\n')}\n`,
      parameters: new Map<string, string>(),
      tags: new Map<string, string>(),
      dryRun: true,
    };
    const outcome = fixture.senza.run(senzaCreate, request, context());
    await expect(outcome).rejects.toMatchObject({ code: 'limit_exceeded', message: expect.stringContaining(sentence) });
  });

  it('sets all limits of a command', async () => {
    const limits = { cpu_seconds: 50, memory_mib: 1024, file_mib: 3, processes: 5000 };
    const { outcome, pid } = await hang(await start({ environment: aws, limits }));
    const expected = [
      /^Max cpu time +50 +52 /m,
      /^Max file size +3145728 +3145728 /m,
      /^Max address space +1073741824 +1073741824 /m,
      /^Max processes +5000 +5000 /m,
    ];
    await until('the command to have its limits', WAIT_MS, () => {
      const actual = readFileSync(`/proc/${pid}/limits`, 'utf8');
      return Promise.resolve(expected.every((pattern) => pattern.test(actual)));
    });
    process.kill(pid, 'SIGKILL');
    await outcome;
  });

  it('reports a limit that the system refuses', async () => {
    const limits = { cpu_seconds: 50, memory_mib: 2 ** 52, file_mib: 3, processes: 100_000 };
    const { senza } = await start({ limits });
    await expect(senza.run(senzaDelete, REFERENCE, context())).rejects.toMatchObject({
      code: 'limit_exceeded',
      message: expect.stringContaining('the system refuses the limit SENZA_MEMORY_MIB'),
    });
  });

  it.each([
    ['file_mib=1', 'open("file", "wb").write(bytes(2 * 1024 * 1024))', 'it wrote a file of more than 1 MiB'],
    // Root is exempt from the limit of processes.
    ['processes=1', 'os.getuid() or os.setuid(65534); os.fork()', 'its user has more than 1 processes'],
  ])('names the limit %s when the kernel enforces it', async (limit, work, sentence) => {
    const program = [
      'import os, sys',
      `sys.path.insert(0, ${JSON.stringify(inProject('libs', 'senza', 'runtime'))})`,
      'from lizzy_runtime import limits',
      `settings = limits.Limits(${limit})`,
      'limits.apply(settings)',
      'try:',
      `    ${work}`,
      'except OSError as error:',
      '    print(limits.explain(error, settings))',
    ].join('\n');
    const cwd = await mkdtemp(join(tmpdir(), 'lizzy-limit-'));
    const { stdout } = await execa(inProject('.venv', 'bin', 'python'), ['-I', '-c', program], { cwd });
    await rm(cwd, { recursive: true });
    expect(stdout).toContain(sentence);
  });
});

describe('a template that wakes up', () => {
  it('starts nothing that its launcher has given up', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lizzy-runtime-'));
    const [python, runtime] = [inProject('.venv', 'bin', 'python'), inProject('libs', 'senza', 'runtime')];
    // Started here: a worker would replace it.
    const template = execa(python, ['-I', join(runtime, 'main.py'), 'serve', join(folder, 'socket')], {
      stdin: 'pipe',
      reject: false,
    });
    try {
      await once(template.stdout, 'data');
      const launch = [python, ['-I', '-S', '-E', join(runtime, 'launcher.py'), 'socket', '--version']] as const;
      template.kill('SIGSTOP');
      // Its output stays open: the descriptors wait in the socket of the frozen template.
      const givenUp = execa(...launch, { cwd: folder, reject: false, stdio: 'ignore' });
      expect(await givenUp).toMatchObject({ exitCode: 75 });
      template.kill('SIGCONT');
      // It has seen the end of the first launcher when it has started the second command.
      const next = await execa(...launch, { cwd: folder });
      expect(next.stdout).toBe('Senza 2.1.143');
      expect(childrenOf(template.pid ?? 0)).toEqual([]);
    } finally {
      template.stdin.end();
      await template;
      await rm(folder, { recursive: true });
    }
  });
});

describe('a template whose files have changed', () => {
  it('starts no commands any more: they start cold until there is another', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lizzy-runtime-'));
    await cp(inProject('libs', 'senza', 'runtime'), folder, { recursive: true });
    const template = await TemplateProcess.start({
      interpreter: inProject('.venv', 'bin', 'python'),
      entryPath: join(folder, 'main.py'),
      repairs: true,
      parent: folder,
      path: process.env['PATH'],
      onLine: () => undefined,
    });
    try {
      await appendFile(join(folder, 'lizzy_runtime', 'child.py'), '# changed\n');
      const cwd = await mkdtemp(join(folder, 'run-'));
      const launcher = join(folder, 'launcher.py');
      const { exitCode } = await execa(
        inProject('.venv', 'bin', 'python'),
        ['-I', '-S', '-E', launcher, template.socketPath, '--version'],
        { cwd, reject: false },
      );
      expect(exitCode).toBe(75);
      expect(await template.unusable).toBe('outdated');
    } finally {
      await template.stop();
      await rm(folder, { recursive: true });
    }
  });
});
