import type { JobListener } from './follow-job.js';
import { type LogEntry } from '#client';

/** The lines of the job's log, for a pipe, a file or a CI log. The log has the steps, too. */
export class PlainView implements JobListener {
  constructor(private readonly write: (line: string) => void) {}

  job(): void {
    // Steps are lines of the log.
  }

  line(entry: LogEntry): void {
    this.write(`  ${entry.text}`);
  }
}
