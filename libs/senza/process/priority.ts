import { writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const LOWEST = 19;

/**
 * Lowers the priority of a process that has just been started in a session of its own.
 * @param niceness added to its own (nice(2))
 */
export function lowerPriority(pid: number, niceness: number): void {
  if (niceness <= 0) return;
  try {
    setPriority(pid, Math.min(getPriority(pid) + niceness, LOWEST));
    // Where the kernel groups processes by session, the niceness of a process counts only within its group (sched(7)).
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // It has ended already, or the system has no such groups.
  }
}
