import { isJobKind } from '../kinds/index.js';
import { type JobRecord, RECORD_SCHEMA_VERSION, type SucceededLines } from '../model/job.js';
import { fromLines } from './job-lines.js';

// `linesOf` writes the members in this order. Inside a JSON string, each `"` follows a backslash.
const FIRST_MEMBERS = /^\{"id":"([^"\\]+)","kind":"([^"\\]+)","status":"succeeded",/;
const END = Buffer.from(',"finished_at":"');
const END_MEMBERS = /^,"finished_at":"([^"\\]+)","duration_ms":/;
const OTHERS = /^\{"schema":(\d+),.*"log":(null|\{[^{}]*\}),"waited_minutes":\d+,"error":null,"ran":/;
const NEWLINE = 0x0a;
/** How far `FIRST_MEMBERS` and `END_MEMBERS` are read, in bytes. */
const MEMBERS_BYTES = 120;

/**
 * A succeeded job for lists. A list copies what it shows as bytes, so most jobs are never decoded and parsed, which would be the largest
 * cost of a page.
 */
export class SucceededJob implements JobRecord {
  private parsed: JobRecord | null = null;

  private constructor(
    private readonly text: Buffer,
    readonly succeeded: SucceededLines,
  ) {}

  /** The job of a text that `linesOf` has returned; null when it has not succeeded, or not all of it is known to this version. */
  static of(text: Buffer, isKept = false): SucceededJob | null {
    const steps = text.indexOf(NEWLINE) + 1;
    const result = text.indexOf(NEWLINE, steps) + 1;
    const others = text.indexOf(NEWLINE, result) + 1;
    const last = text.indexOf(NEWLINE, others) + 1;
    if (steps === 0 || result === 0 || others === 0 || last === 0) return null;
    const [, id, kind] = FIRST_MEMBERS.exec(text.toString('latin1', 0, MEMBERS_BYTES)) ?? [];
    if (id === undefined || kind === undefined) return null;
    const end = text.indexOf(END);
    const [, finishedAt] =
      end === -1 ? [] : (END_MEMBERS.exec(text.toString('latin1', end, end + MEMBERS_BYTES)) ?? []);
    // Of these, only the numbers and the digest of the log are used: their characters are those of ASCII.
    const [, schema, log] = OTHERS.exec(text.toString('latin1', others, last)) ?? [];
    if (finishedAt === undefined || log === undefined) return null;
    if (!isJobKind(kind) || Number(schema) > RECORD_SCHEMA_VERSION) return null;
    return new SucceededJob(text, {
      id,
      kind,
      status: 'succeeded',
      finished_at: finishedAt,
      members: text.subarray(0, steps - 1),
      steps: text.subarray(steps, result - 1),
      result: text.subarray(result, others - 1),
      log,
      isKept,
    });
  }

  /** A copy in memory of its own, for a cache: otherwise it would keep all jobs in memory that were decompressed with it. */
  kept(): SucceededJob {
    return SucceededJob.of(Buffer.from(this.text), true) ?? this;
  }

  get submission(): JobRecord['submission'] {
    return this.record.submission;
  }

  get progress(): JobRecord['progress'] {
    return this.record.progress;
  }

  get seq(): number {
    return this.record.seq;
  }

  get attempt(): number {
    return this.record.attempt;
  }

  get worker(): string | null {
    return this.record.worker;
  }

  get cancel(): JobRecord['cancel'] {
    return this.record.cancel;
  }

  get log(): JobRecord['log'] {
    return this.record.log;
  }

  get shown(): JobRecord['shown'] {
    return this.record.shown;
  }

  private get record(): JobRecord {
    return (this.parsed ??= fromLines(this.text.toString('utf8')));
  }
}
