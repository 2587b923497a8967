import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Child } from './child.js';
import { isRunning } from './is-running.js';
import { until } from './until.js';

const node = async (script: string): Promise<Child> =>
  await Child.start({ name: 'script', command: process.execPath, args: ['-e', script] });

describe('Child', () => {
  it('returns the lines of both outputs and the exit code', async () => {
    const child = await node('console.log("out"); console.error("err"); process.exitCode = 3');
    expect(await child.exited).toEqual({ code: 3, signal: null });
    expect([...child.lines].sort()).toEqual(['err', 'out']);
  });

  it('has its last lines when it has exited, also when there are many', async () => {
    // More than a pipe holds: the last of them are read after the exit.
    const child = await node('console.log(`${"x".repeat(999)}\\n`.repeat(900) + "last")');
    await child.exited;
    expect(child.lines.at(-1)).toBe('last');
  });

  it('reports the output when it exits before the awaited line', async () => {
    const child = await node('console.log("port is taken"); process.exit(1)');
    await expect(child.waitForLine(/ready/)).rejects.toThrow(/exit code 1.*\n.*port is taken/s);
  });

  it('does not pass on settings of Lizzy or AWS in our own environment', async () => {
    process.env['REDIS_URL'] = 'redis://elsewhere';
    const child = await node('console.log(`url=${process.env.REDIS_URL}`)');
    delete process.env['REDIS_URL'];
    expect(await child.waitForLine(/^url=/)).toBe('url=undefined');
  });

  it('kills the group of a child that does not end on a signal', async () => {
    const child = await node('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")');
    await child.waitForLine(/up/);
    expect(await child.stop('SIGTERM', 100)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('rejects for a command that does not exist', async () => {
    await expect(Child.start({ name: 'x', command: '/nonexistent/command', args: [] })).rejects.toThrow(/ENOENT/);
  });
});

describe('the watchdog', () => {
  it('kills children and grandchildren when their parent is killed', async () => {
    // A shell in the place of our Node: the watchdog only sees the end of its standard input.
    const victim = spawn('/bin/sh', ['-c', 'sleep 600 & echo $!; wait'], { detached: true });
    const grandchild = Number(String(await once(victim.stdout, 'data')));
    const watchdog = spawn('/bin/sh', [new URL('watchdog.sh', import.meta.url).pathname], { detached: true });
    watchdog.stdin.write(`+ 999999999\n- 999999999\n+ ${String(victim.pid)}\n`);
    expect(isRunning(grandchild)).toBe(true);
    watchdog.stdin.end();
    await once(victim, 'exit');
    await until('the grandchild to be gone', () => !isRunning(grandchild));
  });

  it('does not kill processes that were removed from its list', async () => {
    const survivor = spawn('/bin/sh', ['-c', 'echo up; sleep 600'], { detached: true });
    await once(survivor.stdout, 'data');
    const watchdog = spawn('/bin/sh', [new URL('watchdog.sh', import.meta.url).pathname], { detached: true });
    watchdog.stdin.end(`+ ${String(survivor.pid)}\n- ${String(survivor.pid)}\n`);
    await once(watchdog, 'exit');
    expect(isRunning(Number(survivor.pid))).toBe(true);
    process.kill(-Number(survivor.pid), 'SIGKILL');
    await once(survivor, 'exit');
  });
});
