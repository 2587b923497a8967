import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
/** Positions in /proc/PID/stat after the command's name: "proc_pid_stat(5)". */
const OWN = [11, 12] as const;
const OF_CHILDREN = [13, 14] as const;

/** Processor time of a process so far, in milliseconds (Linux). */
export function processorTime(pid: number): number {
  return read(pid, OWN);
}

/** Processor time of the children of a process that have ended, in milliseconds (Linux). */
export function childrenProcessorTime(pid: number): number {
  return read(pid, OF_CHILDREN);
}

function read(pid: number, positions: readonly number[]): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may contain spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = positions.reduce((sum, position) => sum + Number(fields[position]), 0);
  return (ticks / TICKS_PER_SECOND) * 1000;
}
