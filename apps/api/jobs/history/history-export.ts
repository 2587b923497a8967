import { type Caller } from '#auth';
import { type HistoryFilter, type HistoryOrder, JobStore } from '#jobs';
import { Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { acceptedType } from '../../http/accepted-type.js';
import { userKey } from '../../http/caller.decorator.js';
import { type EndTurn, FairLimiter } from '../../http/turns/fair-limiter.js';
import { ProblemError } from '../../problems/problem.error.js';
import { type JobSummary } from '../job-view.js';
import { JobPresenter } from '../job.presenter.js';
import { StreamEndedError } from '../stream-ended.error.js';

/** How many jobs are read at once, which bounds the memory of an export, and how long it takes the event loop. */
const BATCH = 50;
/** How many exports run in one process at the same time. */
const EXPORTS_LIMIT = 20;
/** How many of them one user can have, so that others can export, too. */
const EXPORTS_OF_USER_LIMIT = 5;
/** When to try again, in seconds. */
const RETRY_AFTER_SECONDS = '10';

/** The formats in which the whole history can be downloaded. */
export const EXPORT_MEDIA_TYPES = { lines: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' } as const;
export type ExportFormat = keyof typeof EXPORT_MEDIA_TYPES;

/** The columns of a CSV export; a failed job has the sentence of its error. */
const COLUMNS = {
  id: ({ id }) => id,
  kind: ({ kind }) => kind,
  status: ({ status }) => status,
  stack_name: ({ stack_name }) => stack_name,
  stack_version: ({ stack_version }) => stack_version,
  region: ({ region }) => region,
  requested_by: ({ requested_by }) => requested_by,
  commit: ({ source }) => source?.commit ?? null,
  created_at: ({ created_at }) => created_at,
  started_at: ({ started_at }) => started_at,
  finished_at: ({ finished_at }) => finished_at,
  attempt: ({ attempt }) => String(attempt),
  retry_of: ({ retry_of }) => retry_of,
  dry_run: ({ dry_run }) => String(dry_run),
  error: ({ error }) => error?.detail ?? null,
} as const satisfies Record<string, (job: JobSummary) => string | null>;

/** The format of the history that an `Accept` header prefers; null: pages of JSON, also when it accepts none of the formats. */
export function exportFormat(request: FastifyRequest): ExportFormat | null {
  const type = acceptedType(request, ['application/json', 'application/x-ndjson', 'text/csv']);
  if (type === 'application/x-ndjson') return 'lines';
  return type === 'text/csv' ? 'csv' : null;
}

/** How a formula begins, also in full width, which East Asian versions of spreadsheets take for the same. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** One record of RFC 4180. A value that a spreadsheet would evaluate is written as text (OWASP, "CSV Injection"). */
export function csvRecord(values: readonly (string | null)[]): string {
  const fields = values.map((value) => {
    const text = FORMULA.test(value ?? '') ? `'${value ?? ''}` : (value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${fields.join(',')}\r\n`;
}

/** What is exported, and for whom. `signal` is aborted when the response is closed, whether complete or not. */
export interface ExportQuery {
  readonly filter: HistoryFilter;
  readonly order: HistoryOrder;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/** Downloads of the whole history that matches, in bounded memory. */
@Injectable()
export class HistoryExport {
  /** How many exports run, and of which users. */
  private running = 0;
  private readonly ofUsers = new Map<string, number>();
  /** One batch at a time, of the users in turn: between two batches, the process handles its other events. */
  private readonly turns = new FairLimiter({ total: 1 });

  constructor(
    private readonly store: JobStore,
    private readonly views: JobPresenter,
  ) {}

  /** The jobs as text, one chunk per batch. @throws ProblemError `too_many_waits`, `overloaded`, before the first chunk is read */
  chunks(format: ExportFormat, query: ExportQuery): AsyncGenerator<string> {
    const user = userKey(query.caller);
    const ofUser = this.ofUsers.get(user) ?? 0;
    const headers = { 'retry-after': RETRY_AFTER_SECONDS };
    if (ofUser >= EXPORTS_OF_USER_LIMIT)
      throw new ProblemError('too_many_waits', `You have ${ofUser} exports that run; try again when one has ended`, {
        headers,
      });
    if (this.running >= EXPORTS_LIMIT)
      throw new ProblemError('overloaded', `${this.running} exports run in this process; try again later`, { headers });
    if (!query.signal.aborted) {
      this.count(user, 1);
      query.signal.addEventListener(
        'abort',
        () => {
          this.count(user, -1);
        },
        { once: true },
      );
    }
    return this.batches(format, query);
  }

  private count(user: string, change: 1 | -1): void {
    const left = (this.ofUsers.get(user) ?? 0) + change;
    this.running += change;
    if (left > 0) this.ofUsers.set(user, left);
    else this.ofUsers.delete(user);
  }

  private async *batches(format: ExportFormat, { filter, order, caller, signal }: ExportQuery): AsyncGenerator<string> {
    let head = format === 'csv' ? csvRecord(Object.keys(COLUMNS)) : '';
    let before: number | null = null;
    do {
      const endTurn = await this.turn(userKey(caller));
      let text = head;
      head = '';
      try {
        const page = await this.store.history.page({ filter, order, before, limit: BATCH });
        const jobs = page.items;
        text +=
          format === 'csv'
            ? (await this.views.summaries(jobs, caller)).map(csvOf).join('')
            : (await this.views.texts(jobs, caller)).map((json) => `${json.toString('utf8')}\n`).join('');
        before = page.next;
      } finally {
        endTurn();
      }
      yield text;
    } while (before !== null && !signal.aborted);
    // Aborted, not ended: the client sees that the download is incomplete.
    if (before !== null) throw new StreamEndedError('stopping');
  }

  private async turn(user: string): Promise<EndTurn> {
    let end: EndTurn = () => undefined;
    await new Promise<void>((resolve) => {
      end = this.turns.request(user, resolve);
    });
    return end;
  }
}

function csvOf(job: JobSummary): string {
  return csvRecord(Object.values(COLUMNS).map((column) => column(job)));
}
