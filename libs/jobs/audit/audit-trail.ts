import { type Redis } from '#redis';
import { redisNow } from '../redis/clock.js';
import { type JobKeys } from '../redis/keys.js';
import { type AuditEntry, type AuditRecord, packEntries, unpackRecord } from './audit-record.js';
import { isWrongType } from '../redis/damaged-job.error.js';
import { DamagedAuditError } from './damaged-audit.error.js';
import { auditScript } from './scripts.js';

const DAY_MS = 24 * 3600 * 1000;
/** How many records are read at once. */
const BATCH = 500;
/** How many records one page examines at most: a filter that matches little must not block Redis or the process. */
const EXAMINED_LIMIT = 20_000;

/** How long records are kept: maximum age in days, and maximum number. */
export interface AuditLimits {
  readonly days: number;
  readonly maxEntries: number;
}

/** Which records to return: those that have one of the values in each field, within the time. */
export interface AuditFilter {
  readonly user?: readonly string[];
  readonly action?: readonly string[];
  readonly outcome?: readonly string[];
  readonly stack_name?: readonly string[];
  readonly stack_version?: readonly string[];
  readonly job_id?: readonly string[];
  readonly address?: readonly string[];
  /** In ms since 1970; `since` included, `until` not. */
  readonly since?: number;
  readonly until?: number;
}

const FILTERED = ['user', 'action', 'outcome', 'stack_name', 'stack_version', 'job_id', 'address'] as const;

/** A page of records, the latest first; `next` is the `before` of the page after it, null on the last. */
export interface AuditPage {
  readonly items: readonly AuditRecord[];
  readonly next: string | null;
}

/** The form of a record's ID. */
export const AUDIT_ID_PATTERN = /^\d{1,15}-\d{1,15}$/;

/**
 * The audit trail: a stream of its own in Redis. Records of submissions, cancellations, starts and ends are written by the
 * scripts that make these changes; all others by `append`.
 */
export class AuditTrail {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    private readonly limits: AuditLimits,
  ) {}

  /** Appends a record. @throws Error when it cannot be written, errors of Redis */
  async append(entry: AuditEntry): Promise<void> {
    const written = await auditScript(this.redis, [this.keys.audit], [packEntries(entry), this.limits.maxEntries]);
    if (written === 0) throw new Error('the audit stream in Redis cannot be written');
  }

  /**
   * Reads a page. It can have fewer records than `limit`, even none, although it is not the last page.
   * @throws DamagedAuditError
   * @param before the page begins before this record; null: with the latest one
   */
  async page({
    filter,
    before,
    limit,
  }: {
    filter: AuditFilter;
    before: string | null;
    limit: number;
  }): Promise<AuditPage> {
    const oldest = String(Math.max(0, filter.since ?? 0));
    const items: AuditRecord[] = [];
    const start = this.newest(filter.until, before);
    if (start === null) return { items, next: null };
    let newest: string = start;
    for (let examined = 0; examined < EXAMINED_LIMIT;) {
      const entries = await this.redis
        .xrevrange(this.keys.audit, newest, oldest, 'COUNT', BATCH)
        .catch((cause: unknown) => {
          throw isWrongType(cause) ? new DamagedAuditError(this.keys.audit, { cause }) : cause;
        });
      for (const [id, fields] of entries) {
        examined += 1;
        newest = `(${id}`;
        const record = unpackRecord(id, fieldsOf(fields));
        if (!matches(record, filter)) continue;
        items.push(record);
        if (items.length === limit) return { items, next: id };
      }
      if (entries.length < BATCH) return { items, next: null };
    }
    return { items, next: newest.slice(1) };
  }

  /** Drops what is over the limits. @returns how many records */
  async trim(): Promise<number> {
    const { audit } = this.keys;
    const oldest = (await redisNow(this.redis)) - this.limits.days * DAY_MS;
    const tooMany = await this.redis.xtrim(audit, 'MAXLEN', '~', this.limits.maxEntries);
    return tooMany + (await this.redis.xtrim(audit, 'MINID', '~', oldest));
  }

  /** Where a page begins, for XREVRANGE; null when no record can be so old: Redis rejects IDs of times before 1970. */
  private newest(until: number | undefined, before: string | null): string | null {
    const isLimited = until !== undefined && (before === null || Number(before.split('-')[0]) >= until);
    const limit = isLimited ? `${until}-0` : before;
    if (limit === null) return '+';
    return /^(?:-|0+-0+$)/.test(limit) ? null : `(${limit}`;
  }
}

function matches(record: AuditRecord, filter: AuditFilter): boolean {
  return FILTERED.every((field) => filter[field]?.includes(record[field] ?? '') ?? true);
}

function fieldsOf(list: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < list.length; at += 2) fields.set(list[at] ?? '', list[at + 1] ?? '');
  return fields;
}
