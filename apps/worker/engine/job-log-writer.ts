import { type JobClaim, type LogLine } from '#jobs';

/** How many lines are written at once, at most. */
const BATCH = 200;
/** How many lines may wait to be written; what a command prints beyond that while Redis is away is dropped, and told. */
const BACKLOG_LIMIT = 10_000;

/** Writes a job's log line by line, in order, while commands go on. */
export class JobLogWriter {
  private readonly backlog: LogLine[] = [];
  private dropped = 0;
  private writing: Promise<void> | null = null;

  constructor(private readonly claim: JobClaim) {}

  /** Takes a line; it is written soon. */
  write(line: LogLine): void {
    if (this.backlog.length >= BACKLOG_LIMIT) {
      this.dropped += 1;
      return;
    }
    this.backlog.push(line);
    this.writing ??= this.drain();
  }

  /** Resolves when all lines taken so far are written. @throws ClaimLost */
  async flush(): Promise<void> {
    while (this.writing !== null) await this.writing;
  }

  private async drain(): Promise<void> {
    try {
      while (this.backlog.length > 0) {
        const lines = this.backlog.splice(0, BATCH);
        if (this.dropped > 0) {
          lines.push({ source: 'agent', step: null, text: `${this.dropped} lines were lost: the store was away` });
          this.dropped = 0;
        }
        await this.claim.log(lines);
      }
    } catch {
      this.backlog.length = 0; // The claim is lost: the log belongs to another worker now, which the runner learns too.
    } finally {
      this.writing = null;
    }
  }
}
