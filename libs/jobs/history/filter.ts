import { type JobSubmission, type JobRecord } from '../model/job.js';
import { type JobStatus } from '../model/status.js';

/** The fields that the history can be filtered by, each with an index of its own. */
export const HISTORY_FIELDS = [
  'status',
  'kind',
  'stack_name',
  'stack_version',
  'region',
  'requested_by',
  'commit',
] as const;
export type HistoryField = (typeof HISTORY_FIELDS)[number];

/**
 * Selects the jobs that have one of the values in every given field. `stack_name_contains`: a piece of the stack's name, in
 * upper or lower case.
 * `created_after`, `finished_after`: at this time or later; `created_before`: earlier; in ms since 1970.
 */
export interface HistoryFilter extends Partial<Record<HistoryField, readonly string[]>> {
  readonly stack_name_contains?: string;
  readonly created_after?: number;
  readonly created_before?: number;
  readonly finished_after?: number;
}

/** A job's value in each field; null when it has none. */
export type HistoryValues = Readonly<Record<HistoryField, string | null>>;

/** The values that a job is found by. */
export function historyValues(submission: JobSubmission, status: JobStatus): HistoryValues {
  const { kind, stack_name, stack_version, region, requested_by, source } = submission;
  return { status, kind, stack_name, stack_version, region, requested_by, commit: source?.commit ?? null };
}

/** The values in the fields that never change. */
export function permanentValues(submission: JobSubmission): [HistoryField, string][] {
  const values = Object.entries(historyValues(submission, 'queued'));
  return HISTORY_FIELDS.flatMap((field) => {
    const value = values.find(([name]) => name === field)?.[1] ?? null;
    return field === 'status' || value === null ? [] : [[field, value]];
  });
}

/** Whether a name contains a piece, in upper or lower case. */
export function containsPiece(name: string, piece: string): boolean {
  return name.toLowerCase().includes(piece.toLowerCase());
}

/** Whether values match a filter in every field; its times are compared by {@link matchesTimes}. */
export function matchesFields(values: HistoryValues, filter: HistoryFilter): boolean {
  const { stack_name_contains: piece } = filter;
  return (
    (piece === undefined || containsPiece(values.stack_name ?? '', piece)) &&
    HISTORY_FIELDS.every((field) => filter[field] === undefined || filter[field].includes(values[field] ?? ''))
  );
}

/** Whether the times of a job, as in its record, match a filter. A time that is null matches no filter by this time. */
export function matchesTimes(
  {
    created_at: created,
    finished_at: finished,
  }: { readonly created_at: string | null; readonly finished_at: string | null },
  filter: HistoryFilter,
): boolean {
  return isBetween(created, filter.created_after, filter.created_before) && isBetween(finished, filter.finished_after);
}

function isBetween(time: string | null, from = -Infinity, to = Infinity): boolean {
  if (from === -Infinity && to === Infinity) return true;
  const ms = time === null ? NaN : Date.parse(time);
  return ms >= from && ms < to;
}

/** Whether a job that was found is still one of those that are wanted: since then, only its status and its end can have changed. */
export function stillMatches(job: JobRecord, filter: HistoryFilter): boolean {
  const { status, finished_at: finished } = job.succeeded ?? job.progress;
  return (filter.status === undefined || filter.status.includes(status)) && isBetween(finished, filter.finished_after);
}
