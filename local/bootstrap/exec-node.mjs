import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inRoot } from './root.mjs';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const PARENT_CHECK_MILLISECONDS = 500;

const parentOf = (pid) => {
  try {
    // proc(5): the command name can contain spaces, the parent is the second field after it.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1]);
  } catch {
    return 0;
  }
};

const nameOf = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
};

// npm starts a shell that starts this process. Read at the start: npm can be killed during the installation.
const parent = process.ppid;
const npm = /^(ba|da)?sh$/.test(nameOf(parent)) ? parentOf(parent) : parent;

const isWithoutNpm = () => process.ppid !== parent || (npm !== parent && parentOf(parent) !== npm);

/** When npm is killed, its shell and this process live on. Without npm nothing is watched. */
const stopWithoutNpm = (stop) => {
  if (process.env.npm_lifecycle_event === undefined) return;
  const timer = setInterval(() => {
    if (!isWithoutNpm()) return;
    clearInterval(timer);
    stop();
  }, PARENT_CHECK_MILLISECONDS);
  timer.unref();
};

/** Runs Node with these arguments in place of this process: its terminal, its signals, its exit code. */
export const execNode = (args) => {
  // The fourth is a pipe that closes when this process exits for any reason: the program watches it (local/main.ts).
  const child = spawn(process.execPath, args, {
    cwd: inRoot(),
    env: { ...process.env, LIZZY_BOOTSTRAP_FD: '3' },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
  stopWithoutNpm(() => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
};
