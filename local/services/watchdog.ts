import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { inProject } from './project.js';

let watchdog: Writable | undefined;

function start(): Writable {
  const child = spawn('/bin/sh', [inProject('local', 'services', 'watchdog.sh')], {
    // A group of its own: a Ctrl-C in the terminal is sent to the whole group of this process.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  // Without a watchdog children can outlive a killed parent; that is no reason to fail.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  return child.stdin;
}

/** From now on the group of this process is killed when this process exits, even by SIGKILL. */
export function guard(pid: number): void {
  watchdog ??= start();
  watchdog.write(`+ ${pid}\n`);
}

/** The process has exited; its process ID may soon be reused. */
export function unguard(pid: number): void {
  watchdog?.write(`- ${pid}\n`);
}
