import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { isRunning } from '../../../local/services/is-running.js';
import { until, WAIT_LIMIT_MILLISECONDS } from '../../../local/services/until.js';
import { type FakeSenza, makeFakeSenza } from '../fake-senza.fixture.js';
import { pidsIn, untilExited } from '../processes.fixture.js';
import { type RunContext } from './run-context.js';
import { type CommandOutput } from '../senza-command.js';
import { senzaCreate } from '../commands/create.js';
import { senzaVersion } from '../commands/version.js';
import { ExecutableLauncher } from '../runtime/launcher.js';
import { Senza } from '../senza.js';
import { SenzaError } from '../errors.js';
import { Watchdog } from '../watchdog/watchdog.js';
import { watchdogEntry } from '../watchdog/watchdog-entry.fixture.js';

const watchdog = new Watchdog(watchdogEntry);
let fake: FakeSenza | undefined;

beforeAll(() => {
  watchdog.start();
});
afterEach(async () => {
  await fake?.remove();
  fake = undefined;
});
afterAll(async () => {
  await watchdog.stop();
});

const WORKER = {
  HOME: '/home/worker',
  PATH: process.env['PATH'],
  LANG: 'de_DE.UTF-8',
  LC_ALL: 'C',
  TZ: 'UTC',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  https_proxy: 'http://proxy',
  NO_PROXY: 'localhost',
  SSL_CERT_FILE: '/ca',
  REDIS_URL: 'redis://:password@host',
  SENTRY_DSN: 'https://key@sentry',
  TOKENINFO_URL: 'https://token',
  OAUTH2_ACCESS_TOKENS: 'lizzy=token',
  PYTHONPATH: '/evil',
};

async function run(script: string, context: Partial<RunContext> = {}): Promise<CommandOutput> {
  await fake?.remove();
  fake = await makeFakeSenza(script);
  const senza = new Senza({
    launcher: new ExecutableLauncher(fake.command),
    timeoutMs: WAIT_LIMIT_MILLISECONDS,
    environment: WORKER,
    watchdog,
  });
  const request = {
    region: 'eu-west-1',
    stackName: 'a',
    stackVersion: 'v1',
    definition: 'SenzaInfo: {StackName: a}',
    parameters: new Map([['Password', '1.10']]),
    tags: new Map([['Team', '$(touch /tmp/x); `id`']]),
  };
  return senza.run(senzaCreate, request, { signal: new AbortController().signal, ...context });
}

const failure = (running: Promise<unknown>): Promise<SenzaError> =>
  running.then(
    () => Promise.reject(new Error('It succeeded')),
    (error: unknown) => {
      if (error instanceof SenzaError) return error;
      throw error;
    },
  );

async function look<T>(schema: z.ZodType<T>, expression: string): Promise<T> {
  const { output } = await run(`console.log(JSON.stringify(${expression}))`);
  return schema.parse(JSON.parse(output));
}

const texts = z.record(z.string(), z.string());

describe('the sandbox of Senza', () => {
  it('lets it see an allow-list of the environment, and none of the secrets of Redis, Sentry and OAuth', async () => {
    const environment = await look(texts, 'process.env');
    const { HOME: home, TMPDIR: temporary, ...rest } = environment;
    expect(temporary).toBe(home);
    expect(rest).toEqual({
      PATH: WORKER.PATH,
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_RETRY_MODE: 'adaptive',
      AWS_MAX_ATTEMPTS: '3',
      AWS_CONFIG_FILE: '/home/worker/.aws/config',
      AWS_SHARED_CREDENTIALS_FILE: '/home/worker/.aws/credentials',
      https_proxy: 'http://proxy',
      NO_PROXY: 'localhost',
      SSL_CERT_FILE: '/ca',
    });
  });

  it('gives it a directory of its own that is its home and its TMPDIR, and is removed afterwards', async () => {
    const seen = await look(
      z.object({ cwd: z.string(), home: z.string(), files: z.array(z.string()), mode: z.int() }),
      '{ cwd: process.cwd(), home: process.env.HOME, files: readdirSync("."), mode: statSync(".").mode & 0o777 }',
    );
    expect(seen).toMatchObject({ home: seen.cwd, files: ['definition.yaml', 'parameters.yaml'], mode: 0o700 });
    expect(existsSync(seen.cwd)).toBe(false);
  });

  it('gives parameters in a file that only this user reads, as strings, and not in the process list', async () => {
    const seen = await look(
      z.object({ text: z.string(), mode: z.int(), argv: z.array(z.string()) }),
      '{ text: readFileSync("parameters.yaml", "utf8"), mode: statSync("parameters.yaml").mode & 0o777, argv: process.argv }',
    );
    expect(seen).toMatchObject({ text: '"Password": "1.10"\n', mode: 0o600 });
    expect(seen.argv.join(' ')).not.toContain('1.10');
  });

  it('uses no shell: a value is passed as a literal argument', async () => {
    expect(await look(z.array(z.string()), 'process.argv')).toContain('--tag=Team=$(touch /tmp/x); `id`');
  });

  it('closes standard input, so that a question cannot hang', async () => {
    const { output } = await run('process.stdin.on("end", () => console.log("closed")).resume();');
    expect(output).toBe('closed\n');
  });

  it('runs it in a process group of its own', async () => {
    const [pid, group] = await look(
      z.tuple([z.int(), z.int()]),
      '[process.pid, Number(readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[2])]',
    );
    expect(group).toBe(pid);
  });

  it('leaves no process in the group of a command that has ended', async () => {
    await run('startGrandchild("setInterval(() => 0, 1000)", { stdio: "ignore" }).unref(); process.exit(0);');
    const [grandchild = 0] = await pidsIn(fake?.pidFile ?? '', 1);
    await untilExited([grandchild]);
  });

  it('ends the whole group when it is cancelled', async () => {
    const cancel = new AbortController();
    const running = failure(
      run('writePid(); startGrandchild("setInterval(() => 0, 1000)"); hang();', { signal: cancel.signal }),
    );
    const pids = await until('the fake Senza', () => fake).then(({ pidFile }) => pidsIn(pidFile, 2));
    cancel.abort();
    expect(await running).toMatchObject({ code: 'cancelled', signal: 'SIGTERM', exitCode: null });
    await untilExited(pids);
  });

  it('kills a hung group that ignores SIGTERM', async () => {
    const cancel = new AbortController();
    const ignore = 'process.on("SIGTERM", () => 0); setInterval(() => 0, 1000);';
    const script = `${ignore} startGrandchild(${JSON.stringify(ignore)}); writePid();`;
    const running = failure(run(script, { signal: cancel.signal }));
    const pids = await until('the fake Senza', () => fake).then(({ pidFile }) => pidsIn(pidFile, 2));
    cancel.abort();
    expect(await running).toMatchObject({ code: 'cancelled', signal: 'SIGKILL' });
    await untilExited(pids);
  });

  it('does not wait for a process that left the group and holds the output', async () => {
    const cancel = new AbortController();
    const running = failure(
      run('startGrandchild("setInterval(() => 0, 1000)", { detached: true }); writePid(); hang();', {
        signal: cancel.signal,
      }),
    );
    const [escaped = 0] = await until('the fake Senza', () => fake).then(({ pidFile }) => pidsIn(pidFile, 2));
    cancel.abort();
    expect(await running).toMatchObject({ code: 'cancelled' });
    expect(isRunning(escaped)).toBe(true);
    process.kill(escaped, 'SIGKILL');
  });

  it('ignores a report of requests to AWS that is malformed', async () => {
    const malformed = 'writeFileSync("aws-requests.json", "{"); console.log("made");';
    expect(await run(malformed)).toEqual({ output: 'made\n' });
    expect(await failure(run(`${malformed} process.exitCode = 2;`))).toMatchObject({ exitCode: 2 });
  });

  it('ends a command that writes without end', async () => {
    const error = await failure(run('const more = () => process.stdout.write("x".repeat(65536), more); more();'));
    expect(error.code).toBe('output_too_long');
    expect(error.outputTail.length).toBeLessThanOrEqual(8192);
  });

  it('emits every line of a long log, and keeps the end of it', async () => {
    const line = (number: number): string => `line ${number} ${'x'.repeat(number % 100)}`;
    const lines: string[] = [];
    const { output } = await run(
      'const lines = Array.from({ length: 100_000 }, (_, each) => `line ${each} ${"x".repeat(each % 100)}\\n`);' +
        'process.stdout.write(lines.join(""));',
      { onLine: (_stream, text) => lines.push(text) },
    );
    expect(lines.length).toBe(100_000);
    expect(lines.every((text, number) => text === line(number))).toBe(true);
    expect(output.endsWith(`${line(99_999)}\n`)).toBe(true);
    expect(output.length).toBeLessThan(2 * 1024 * 1024);
  });

  it('reports that Senza is not installed', async () => {
    const senza = new Senza({
      launcher: new ExecutableLauncher('/nowhere/senza'),
      timeoutMs: 1000,
      environment: WORKER,
      watchdog,
    });
    expect(await failure(senza.run(senzaVersion, {}, { signal: AbortSignal.timeout(10_000) }))).toMatchObject({
      code: 'not_installed',
    });
  });

  it('starts nothing for a job that is cancelled, or whose lease has ended', async () => {
    const late = { deadlineNs: process.hrtime.bigint(), onRenewed: () => () => undefined };
    expect(await failure(run('writePid()', { lease: late }))).toMatchObject({ code: 'lease_lost' });
    expect(existsSync(fake?.pidFile ?? '')).toBe(false);
    expect(await failure(run('writePid()', { signal: AbortSignal.abort() }))).toMatchObject({ code: 'cancelled' });
    expect(existsSync(fake?.pidFile ?? '')).toBe(false);
  });
});
