import { spawn } from 'node:child_process';
import { inRoot } from './root.mjs';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs Node with these arguments in place of this process: its terminal, its signals, its exit code. */
export const execNode = (args) => {
  // The fourth is a pipe that closes when this process dies in any way: the program watches it (local/main.ts).
  const child = spawn(process.execPath, args, {
    cwd: inRoot(),
    env: { ...process.env, LIZZY_BOOTSTRAP_FD: '3' },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
};
