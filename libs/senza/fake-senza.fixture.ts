import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An executable that replaces Senza and behaves as a test requires. */
export interface FakeSenza {
  readonly command: string;
  /** Where its processes write their ids, one a line: see {@link writePid}. */
  readonly pidFile: string;
  remove(): Promise<void>;
}

/** The beginning of every script: what a fake can use. */
const PRELUDE = `
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
const writePid = (pid = process.pid) => appendFileSync(PID_FILE, pid + '\\n');
const hang = () => setInterval(() => undefined, 1000);
const startGrandchild = (script, options = {}) => {
  const child = spawn(process.execPath, ['-e', script], { stdio: 'inherit', ...options });
  writePid(child.pid);
  return child;
};
`;

/** Writes an executable script of JavaScript that runs whenever the fake is called. */
export async function makeFakeSenza(script: string): Promise<FakeSenza> {
  const directory = await mkdtemp(join(tmpdir(), 'lizzy-fake-senza-'));
  const command = join(directory, 'fake-senza.mjs');
  const pidFile = join(directory, 'pids');
  const text = `#!${process.execPath}\nconst PID_FILE = ${JSON.stringify(pidFile)};\n${PRELUDE}\n${script}\n`;
  await writeFile(command, text, { mode: 0o755 });
  return { command, pidFile, remove: () => rm(directory, { recursive: true, force: true }) };
}
