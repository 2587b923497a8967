import { readdirSync, readFileSync } from 'node:fs';

/** The memory of a process in MB. */
export interface Memory {
  /** All that is resident, including the pages of the program that other processes share. */
  readonly resident: number;
  /** Resident memory, with each shared page divided by the number of processes that share it. */
  readonly proportional: number;
  /** Memory that no other process shares: the cost of one more process of its kind. */
  readonly own: number;
}

const KB_PER_MB = 1024;

/** Reads `/proc`, so it needs Linux. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? NaN);
  return {
    resident: kilobytes('Rss') / KB_PER_MB,
    proportional: kilobytes('Pss') / KB_PER_MB,
    own: (kilobytes('Private_Clean') + kilobytes('Private_Dirty')) / KB_PER_MB,
  };
}

/** The processes that a process has started. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0; // Gone meanwhile.
  }
}
