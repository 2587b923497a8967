import type { JobListener } from './follow-job.js';
import { type LogEntry } from '#client';

/** The lines of the job's log, for a pipe, a file or a CI log. The log includes the steps. */
export class PlainView implements JobListener {
  constructor(private readonly write: (line: string) => void) {}

  job(): void {
    // The log already has a line per step.
  }

  line(entry: LogEntry): void {
    this.write(`  ${entry.text}`);
  }
}
