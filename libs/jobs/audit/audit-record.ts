import { z } from 'zod';
import { storedTimestamp } from '../redis/clock.js';
import { JOB_KINDS } from '../kinds/index.js';

/** What is audited: what a request does, and `start_job` and `end_job` of the worker. A closed list. */
export const auditAction = z.enum([
  'authenticate',
  'read',
  ...Object.values(JOB_KINDS).map(({ auditAction: action }) => action),
  'cancel_job',
  'retry_job',
  'read_definition',
  'read_audit',
  'start_job',
  'end_job',
]);
export type AuditAction = z.infer<typeof auditAction>;

/**
 * How it ended. `allowed`: it is executed. `denied`: the caller may not do it. `rejected`: the caller may, but the request is
 * wrong, or a limit or the state of the job forbids it. The others belong to jobs.
 */
export const auditOutcome = z.enum([
  'allowed',
  'denied',
  'rejected',
  'started',
  'succeeded',
  'failed',
  'cancelled',
  'superseded',
]);
type AuditOutcome = z.infer<typeof auditOutcome>;

/** The fields of a record, in the order in which they are stored; an empty text is a null. */
export const AUDIT_FIELDS = [
  'process',
  'action',
  'outcome',
  'reason',
  'user',
  'realm',
  'client',
  'address',
  'kind',
  'stack_name',
  'stack_version',
  'region',
  'job_id',
  'request_id',
  'count',
] as const;

/** One decision or action. It never contains tokens, definitions, parameters or other values of requests. */
export interface AuditEntry {
  readonly process: 'api' | 'worker';
  readonly action: AuditAction;
  readonly outcome: AuditOutcome;
  /** The code of the problem or error; null when there is none. */
  readonly reason: string | null;
  /** Who: the `uid`, the realm and the OAuth2 client of the token; null when it is unknown. */
  readonly user: string | null;
  readonly realm: string | null;
  readonly client: string | null;
  /** The IP address of the client; null for what a worker does. */
  readonly address: string | null;
  /** The job's kind and its stack; null when there is none, or when the request was rejected before they were known. */
  readonly kind: string | null;
  readonly stack_name: string | null;
  readonly stack_version: string | null;
  readonly region: string | null;
  readonly job_id: string | null;
  readonly request_id: string | null;
  /** How many equal decisions this record stands for. */
  readonly count: number;
}

/** Where a change comes from. */
export type AuditOrigin = Pick<AuditEntry, 'action' | 'realm' | 'client' | 'address'>;

/** The fields of a log line: those of the entry that are known. */
export function auditFields(entry: AuditEntry): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
}

/** Entries for `audit_append`: per entry its values in the order of {@link AUDIT_FIELDS}, as JSON. */
export function packEntries(...entries: readonly AuditEntry[]): string {
  return JSON.stringify(entries.map((entry) => AUDIT_FIELDS.map((field) => String(entry[field] ?? ''))));
}

/** An entry as it was written; `id` orders the records, `time` is Redis's. */
export interface AuditRecord extends Omit<AuditEntry, 'process' | 'action' | 'outcome'> {
  readonly id: string;
  readonly time: string;
  /** Texts: a later version can write other ones. */
  readonly process: string;
  readonly action: string;
  readonly outcome: string;
}

/** Reads a record. Fields that are missing are null. */
export function unpackRecord(id: string, fields: ReadonlyMap<string, string>): AuditRecord {
  const text = (field: (typeof AUDIT_FIELDS)[number]): string | null => {
    const value = fields.get(field) ?? '';
    return value === '' ? null : value;
  };
  return {
    id,
    // The IDs of the stream begin with the time in ms since 1970.
    time: storedTimestamp(id.split('-')[0]),
    process: text('process') ?? '',
    action: text('action') ?? '',
    outcome: text('outcome') ?? '',
    reason: text('reason'),
    user: text('user'),
    realm: text('realm'),
    client: text('client'),
    address: text('address'),
    kind: text('kind'),
    stack_name: text('stack_name'),
    stack_version: text('stack_version'),
    region: text('region'),
    job_id: text('job_id'),
    request_id: text('request_id'),
    count: Number(fields.get('count')) || 1,
  };
}
