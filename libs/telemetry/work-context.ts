import { AsyncLocalStorage } from 'node:async_hooks';

/** The fields of a log line: `job_id`, `kind`, `stack`, `error`... Never a token or a request body. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A step on the way to an error, for instance a command and its exit code. */
export interface Breadcrumb {
  /** What kind of step, for instance `senza`. */
  readonly category: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
  /** When it happened, in ms since the epoch; now by default. */
  readonly at?: number;
}

/** A span that others can belong to. */
export interface ParentSpan {
  /** As `traceparent` (W3C Trace Context). */
  readonly traceparent: string | undefined;
  /** Links it to another span, while it is open in this process. @param traceparent the other one */
  link?(traceparent: string | undefined): void;
}

/** A request or a delivery of a job, and what has happened in it. */
interface Work {
  readonly fields: LogFields;
  /** The span that everything in it belongs to. */
  readonly span: ParentSpan | undefined;
  readonly breadcrumbs: Breadcrumb[];
}

/** How many breadcrumbs are kept of one request or job: the last ones. */
const MAX_BREADCRUMBS = 50;

const storage = new AsyncLocalStorage<Work>();

/**
 * Adds these fields to every line that is logged while `run` and what it awaits runs, by whatever logger.
 * @param span the one that spans of that time belong to
 */
export function withLogFields<T>(fields: LogFields, run: () => T, span?: ParentSpan | null): T {
  const before = storage.getStore();
  const work = {
    fields: { ...before?.fields, ...fields },
    span: span?.traceparent === undefined ? before?.span : span,
    breadcrumbs: before?.breadcrumbs ?? [],
  };
  return storage.run(work, run);
}

/** Runs something that belongs to no request and no job, whatever it was called by. */
export function outsideOfWork<T>(run: () => T): T {
  return storage.exit(run);
}

/** The fields of {@link withLogFields}; none outside of requests and jobs. */
export function currentLogFields(): LogFields {
  return storage.getStore()?.fields ?? {};
}

/** The span that the current request or job belongs to. */
export function currentTraceparent(): string | undefined {
  return storage.getStore()?.span?.traceparent;
}

/** Links the span of the current request to another one; does nothing when tracing is off. @param traceparent the other one */
export function linkCurrentSpan(traceparent: string | undefined): void {
  storage.getStore()?.span?.link?.(traceparent);
}

/** The ID of the current request; that of a job is its request's. */
export function currentRequestId(): string | undefined {
  const id = storage.getStore()?.fields['request_id'];
  return typeof id === 'string' ? id : undefined;
}

/** Keeps what has happened for the report of a later error of the same request or job; has no effect outside of both. */
export function addBreadcrumb(breadcrumb: Breadcrumb): void {
  const breadcrumbs = storage.getStore()?.breadcrumbs;
  if (breadcrumbs === undefined) return;
  if (breadcrumbs.length >= MAX_BREADCRUMBS) breadcrumbs.shift();
  breadcrumbs.push({ at: Date.now(), ...breadcrumb });
}

/** What {@link addBreadcrumb} has kept. */
export function currentBreadcrumbs(): readonly Breadcrumb[] {
  return storage.getStore()?.breadcrumbs ?? [];
}
