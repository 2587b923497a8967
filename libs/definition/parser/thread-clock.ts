import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Linux counts in hundredths of a second for user space (USER_HZ in proc(5)). */
const TICK_MS = 10;

/** Number of the calling thread in the operating system; null where there is no /proc. */
export function currentThreadId(): string | null {
  try {
    return basename(readlinkSync('/proc/thread-self'));
  } catch {
    return null;
  }
}

/** How much processor time a thread of this process has used, in milliseconds; null if that is unknown. */
export function processorTimeMs(threadId: string | null): number | null {
  if (threadId === null) return null;
  try {
    const stat = readFileSync(`/proc/self/task/${threadId}/stat`, 'latin1');
    // utime and stime are the 14th and 15th fields; the second, the name, can contain blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return null;
  }
}
