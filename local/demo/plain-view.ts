import type { JobListener } from './follow-job.js';
import type { Job, LogEntry, Step } from './lizzy-client.js';

/** One line for each change of a step and each line of the log: for a pipe, a file, a CI log. */
export class PlainView implements JobListener {
  private readonly told = new Map<string, Step['status']>();

  constructor(private readonly write: (line: string) => void) {}

  job(job: Job): void {
    for (const step of job.steps) {
      if (step.status === 'pending' || this.told.get(step.name) === step.status) continue;
      this.told.set(step.name, step.status);
      this.write(`  ${step.name}: ${step.status}${step.message ? ` (${step.message})` : ''}`);
    }
  }

  line(entry: LogEntry): void {
    this.write(`    ${entry.text}`);
  }
}
