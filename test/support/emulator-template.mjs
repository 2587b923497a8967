import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const { PATH, HOME, LANG, TMPDIR } = process.env;

/**
 * Starts the process that forks an AWS emulator for each test that needs one. It ends with this process. Does not wait
 * until moto is loaded: the first tests that need an emulator do.
 * @returns the path of its socket
 */
export async function startTemplate() {
  const socket = join(tmpdir(), `lizzy-emulator-${randomUUID()}`);
  mkdirSync(join(root, '.local'), { recursive: true });
  const log = openSync(join(root, '.local', 'aws-emulator.log'), 'w');
  const main = join(root, 'local', 'aws-emulator', 'main.py');
  const child = spawn(join(root, '.venv', 'bin', 'python'), ['-W', 'ignore', main, '--template', socket], {
    detached: true,
    env: { PATH, HOME, LANG, TMPDIR },
    stdio: ['pipe', 'pipe', log],
  });
  const exited = once(child, 'exit').then(() => {
    throw new Error('The AWS emulator does not start: see .local/aws-emulator.log');
  });
  await Promise.race([once(child.stdout, 'data'), exited]);
  child.stdout.destroy();
  for (const part of [child, child.stdin]) part.unref();
  exited.catch(() => undefined);
  return socket;
}
