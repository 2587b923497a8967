import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';

/** A process that logs to stdout and counts the flushes of its error reporter. `dist/` must be built. */
const PROGRAM = (body: string): string => `
  import { exitOnUncaughtErrors, logLibraryOutput, stopProcess } from '#process';
  import { Logger } from '#telemetry';
  const logger = Logger.create({ level: 'info', format: 'json' });
  const reporter = {
    report: (error, { fatal = false } = {}) => logger.info(fatal ? 'reported as fatal' : 'reported'),
    close: async () => logger.info('flushed'),
  };
  const never = () => new Promise(() => setInterval(() => undefined, 1_000));
  exitOnUncaughtErrors({ logger, reporter });
  logLibraryOutput(logger);
  ${body}
`;

async function run(body: string): Promise<{ code: number | null; messages: unknown[]; stderr: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM(body)], { stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  const lines: unknown[] = stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
  const messages = lines.map((line) =>
    typeof line === 'object' && line !== null && 'message' in line ? line.message : undefined,
  );
  return { code: child.exitCode, messages, stderr };
}

describe('a process', () => {
  it.each([
    ['an uncaught exception', `setImmediate(() => { throw new Error('x'); }); await never();`, 'Uncaught exception'],
    ['an unhandled rejection', `void Promise.reject(new Error('x')); await never();`, 'Unhandled rejection'],
  ])('logs, reports and flushes %s, and exits with 1', async (_name, body, message) => {
    const { code, messages } = await run(body);
    expect(messages).toEqual([message, 'reported as fatal', 'flushed']);
    expect(code).toBe(1);
  });

  it('exits with 1 when its log can no longer be written', async () => {
    const body = `setInterval(() => logger.info('x'), 10);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM(body)], { stdio: 'pipe' });
    child.stdout.once('data', () => child.stdout.destroy());
    await once(child, 'exit');
    expect(child.exitCode).toBe(1);
  });

  it('exits with 0 after a clean stop', async () => {
    expect(await run(`await stopProcess(async () => undefined, { logger, reporter, timeoutMs: 60_000 });`)).toEqual({
      code: 0,
      messages: ['flushed'],
      stderr: '',
    });
  });

  it.each([
    ['fails', `() => Promise.reject(new Error('x'))`],
    ['does not return', `never`],
  ])('exits with 1 when the stop %s', async (_name, stop) => {
    const { code, messages } = await run(`await stopProcess(${stop}, { logger, reporter, timeoutMs: 100 });`);
    expect(messages).toEqual(['Shutdown failed', 'reported', 'flushed']);
    expect(code).toBe(1);
  });

  it('logs warnings and what is written to the console instead of printing it, each as one line', async () => {
    const { messages, stderr } = await run(`
      process.emitWarning('Node 20 is old');
      console.warn('of a library\\nin two lines');
      console.error(new Error('of a library'));
      setTimeout(() => undefined, 10);
    `);
    expect(messages.sort()).toEqual(['Console output', 'Console output', 'Process warning']);
    expect(stderr).toBe('');
  });
});
