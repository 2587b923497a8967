import { isJobKind } from '../kinds/index.js';
import { type JobRecord, RECORD_SCHEMA_VERSION, type SucceededLines } from '../model/job.js';
import { fromLines } from './job-lines.js';

// `linesOf` has written the members in this order. Within a text of JSON, no `"` follows another one than a backslash.
const MEMBERS =
  /^\{"id":"([^"\\]+)","kind":"([^"\\]+)","status":"succeeded",.*"finished_at":"([^"\\]+)","duration_ms":/;
const OTHERS = /^\{"schema":(\d+),.*"log":(null|\{[^{}]*\}),"waited_minutes":\d+,"error":null,"ran":/;

/**
 * A job that has succeeded, as lists read it: all that they show of it is copied from its lines, so that most are never parsed, which
 * takes longer than all else of a page.
 */
export class SucceededJob implements JobRecord {
  private parsed: JobRecord | null = null;

  private constructor(
    private readonly text: string,
    readonly succeeded: SucceededLines,
  ) {}

  /** The job of a text that `linesOf` has returned; null when it has not succeeded, or not all of it is known to this version. */
  static of(text: string): SucceededJob | null {
    const [members = '', steps = '', result = '', others = ''] = text.split('\n', 4);
    const [, id, kind, finishedAt] = MEMBERS.exec(members) ?? [];
    const [, schema, log] = OTHERS.exec(others) ?? [];
    if (id === undefined || kind === undefined || finishedAt === undefined || log === undefined) return null;
    if (!isJobKind(kind) || Number(schema) > RECORD_SCHEMA_VERSION) return null;
    return new SucceededJob(text, {
      id,
      kind,
      status: 'succeeded',
      finished_at: finishedAt,
      members,
      steps,
      result,
      log,
    });
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
    return (this.parsed ??= fromLines(this.text));
  }
}
