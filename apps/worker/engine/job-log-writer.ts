import { setTimeout as sleep } from 'node:timers/promises';
import { ClaimLostError, type JobClaim, type LogLine } from '#jobs';
import { JobSecrets } from './job-secrets.js';

/** How many lines are written at once, at most. */
const BATCH = 200;
/**
 * How many lines can wait to be written, as many as the log of a job keeps: a command can print its output at once. What it
 * prints beyond that is dropped. The output of a command is limited, too, so that the text of these lines is.
 */
const BACKLOG_LIMIT = 150_000;
/** Interval after which lines that Redis has not accepted are sent again, in milliseconds. */
const RETRY_MS = 500;

/**
 * Writes a job's log line by line, in order, while commands run. Lines are dropped in two cases only: when the claim is lost,
 * or has ended because Redis rejected a command, since the log belongs to another worker then; and when too many wait: that gap is marked in
 * the log.
 */
export class JobLogWriter {
  /** What must not be in the log. */
  readonly secrets = new JobSecrets();
  private readonly backlog: LogLine[] = [];
  private dropped = 0;
  private batch = 0;
  private isLost = false;
  private writing: Promise<void> | null = null;

  /** @param backlogLimit how many lines can wait to be written */
  constructor(
    private readonly claim: JobClaim,
    private readonly backlogLimit = BACKLOG_LIMIT,
  ) {
    if (claim.crashCount > 0)
      this.write(agentLine('[the previous worker stopped unexpectedly: its last lines may be missing]'));
  }

  /** Takes one or several lines of text, as one entry of the log each; they are written soon. */
  write({ text, ...origin }: LogLine): void {
    for (const line of text.split(/\r?\n/)) this.add({ ...origin, text: line });
  }

  private add(line: LogLine): void {
    if (this.isLost) return;
    if (this.backlog.length >= this.backlogLimit) {
      this.dropped += 1;
      return;
    }
    this.markGap();
    this.backlog.push(line);
    this.writing ??= this.drain();
  }

  /** Resolves when all lines so far are written, or the claim is lost. Waits while Redis does not accept them. */
  async flush(): Promise<void> {
    while (this.writing !== null) await this.writing;
  }

  private async drain(): Promise<void> {
    while (!this.isLost && this.backlog.length > 0) {
      const lines = this.backlog.splice(0, BATCH);
      this.batch += 1;
      await this.send(lines, this.batch);
      if (this.backlog.length === 0) this.markGap();
    }
    this.writing = null;
  }

  /** Sends lines until Redis has them: under the same number, so that they are in the log once. */
  private async send(lines: readonly LogLine[], batch: number): Promise<void> {
    while (!this.isLost) {
      try {
        await this.claim.log(lines, batch);
        return;
      } catch (error) {
        this.isLost = error instanceof ClaimLostError || this.claim.isReleased;
        if (!this.isLost) await sleep(RETRY_MS);
      }
    }
  }

  /** Marks lines that were dropped, in the place where they are missing. */
  private markGap(): void {
    if (this.dropped === 0) return;
    this.backlog.push(agentLine(`[${this.dropped} lines are missing: too many waited to be written]`));
    this.dropped = 0;
  }
}

function agentLine(text: string): LogLine {
  return { source: 'agent', step: null, text };
}
