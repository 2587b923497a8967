import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type FakeSenza, makeFakeSenza } from './fake-senza.fixture.js';
import { until } from '../../local/services/until.js';
import { makeRedaction } from './process/redaction.js';
import { type RunContext } from './process/run-context.js';
import { readRecorded } from './recorded.fixture.js';
import { senzaDelete } from './commands/delete.js';
import { senzaRespawnInstances } from './commands/respawn-instances.js';
import { senzaSwitchTraffic } from './commands/traffic.js';
import { ExecutableLauncher } from './runtime/launcher.js';
import { Senza } from './senza.js';
import { Watchdog } from './watchdog/watchdog.js';
import { watchdogEntry } from './watchdog/watchdog-entry.fixture.js';

const watchdog = new Watchdog(watchdogEntry);
let fake: FakeSenza | undefined;

beforeAll(() => {
  watchdog.start();
});
afterEach(async () => {
  await fake?.remove();
});
afterAll(async () => {
  await watchdog.stop();
});

const reference = { region: 'eu-west-1', stackName: 'demo', stackVersion: 'v1' };

async function senzaThat(script: string, guard = watchdog): Promise<Senza> {
  fake = await makeFakeSenza(script);
  return new Senza({
    launcher: new ExecutableLauncher(fake.command),
    timeoutMs: 20_000,
    environment: process.env,
    watchdog: guard,
  });
}

const context = (others: Partial<RunContext> = {}): RunContext => ({ signal: new AbortController().signal, ...others });

describe('a command of Senza', () => {
  it('reports its lines while it runs: plain text, whole and redacted', async () => {
    const lines: string[] = [];
    const seen = join(await mkdtemp(join(tmpdir(), 'lizzy-seen-')), 'seen');
    const senza = await senzaThat(`
      process.stderr.write('\\x1b[32mGenerating..\\x1b[0m OK\\r\\npass');
      setTimeout(() => process.stderr.write('word is hush\\u0007\\n'), 50);
      const waiting = setInterval(() => existsSync('${seen}') && (clearInterval(waiting), console.log('end')), 10);
    `);
    const running = senza.run(
      senzaDelete,
      reference,
      context({ onLine: (stream, line) => lines.push(`${stream}: ${line}`), mask: makeRedaction(['hush']) }),
    );
    await until('two lines', () => lines.length === 2);
    expect(lines).toEqual(['stderr: Generating.. OK', 'stderr: password is ****']);
    await writeFile(seen, '');
    expect((await running).output).toBe('Generating.. OK\npassword is ****\nend\n');
  });

  it('reports an unfinished line when nothing follows: Senza writes one dot for each poll', async () => {
    const lines: string[] = [];
    const stop = new AbortController();
    const senza = await senzaThat("process.stderr.write('Scaling to 2 instances.. . .'); hang();");
    const running = senza.run(
      senzaRespawnInstances,
      reference,
      context({ signal: stop.signal, onLine: (_, line) => lines.push(line) }),
    );
    const ended = expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await until('a line', () => lines.length === 1);
    expect(lines).toEqual(['Scaling to 2 instances.. . .']);
    stop.abort();
    await ended;
  });

  it('is not started when the worker has no space for its files', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, mkdir'), { code: 'ENOSPC' });
    const fakeFull = new (class extends Watchdog {
      override makeDirectory(): Promise<string> {
        return Promise.reject(full);
      }
    })(watchdogEntry);
    const senza = await senzaThat("console.log('it was started')", fakeFull);
    await expect(senza.run(senzaDelete, reference, context())).rejects.toMatchObject({
      code: 'no_space',
      message: expect.stringContaining('no space left for temporary files (TMPDIR)'),
    });
  });

  it('has the priority that it is run with', async () => {
    const senza = await senzaThat(`
      import { getPriority } from 'node:os';
      const expected = Math.min(getPriority(process.ppid) + 3, 19);
      const waiting = setInterval(() => getPriority() === expected && (clearInterval(waiting), console.log('ok')), 10);
    `);
    expect((await senza.run(senzaDelete, reference, context({ niceness: 3 }))).output).toBe('ok\n');
  });

  it('fails with a code, the exit code and its last output, without secrets', async () => {
    const { exitCode, stderr } = readRecorded('delete-has-traffic');
    const senza = await senzaThat(
      `process.stderr.write(${JSON.stringify(`${stderr}key: hush-hush\n`)}); process.exitCode = ${exitCode};`,
    );
    await expect(
      senza.run(senzaDelete, reference, context({ mask: makeRedaction(['hush-hush']) })),
    ).rejects.toMatchObject({
      name: 'SenzaError',
      code: 'has_traffic',
      message: 'Stack demo-1 has traffic!',
      command: 'senza delete --region=eu-west-1 --stacktrace-visible -- demo v1',
      exitCode: 1,
      outputTail: `${stderr.trim()}\nkey: ****`,
    });
  });

  it('shows no directory of the worker in a traceback, neither in its lines nor in its error', async () => {
    const lines: string[] = [];
    const traceback =
      'Traceback (most recent call last):\\n  File "/opt/lizzy/.venv/senza/cli.py", line 42, in create\\n';
    const senza = await senzaThat(`process.stderr.write('${traceback}'); process.exitCode = 1;`);
    const running = senza.run(senzaDelete, reference, context({ onLine: (_, line) => lines.push(line) }));
    await expect(running).rejects.toMatchObject({
      outputTail: 'Traceback (most recent call last):\n  File "senza/cli.py", line 42, in create',
    });
    expect(lines[1]).toBe('  File "senza/cli.py", line 42, in create');
  });

  it('returns a table that is longer than any log, without truncation', async () => {
    const senza = await senzaThat(`
      const row = { version: '1', identifier: 'x'.repeat(1000), 'old_weight%': 1, 'new_weight%': 1.5 };
      console.log(JSON.stringify(Array.from({ length: 5000 }, () => row)));
      console.error('a message');
    `);
    const { changes: rows } = await senza.run(senzaSwitchTraffic, { ...reference, percentage: 1 }, context());
    expect(rows).toHaveLength(5000);
    expect(rows[4999]?.newWeight).toBe(1.5);
  });
});
