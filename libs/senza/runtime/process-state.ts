import { readFileSync } from 'node:fs';

/** Letters of `/proc/PID/stat` for a process that a signal or a debugger has stopped (proc_pid_stat(5)). */
const STOPPED = ['T', 't'];

/** Whether a process is stopped. True where the system does not show it: only Linux has /proc. */
export function isProcessStopped(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may contain parentheses.
    return STOPPED.includes(text.charAt(text.lastIndexOf(')') + 2));
  } catch {
    return true;
  }
}
