import { keyspace } from '#redis';

/** How long the request (definition, parameters) of an ended job is kept, in seconds: 7 days. */
export const REQUEST_RETENTION_SECONDS = 7 * 24 * 3600;

/** What a lock is about: one stack version, or all versions of one stack name; both within one region. */
export type LockScope = `version:${string}` | `name:${string}`;

/** The lock of one stack version: held by a job from its first step to its end. */
export function versionScope(stack: { region: string; name: string; version: string }): LockScope {
  return `version:${stack.region}:${stack.name}-${stack.version}`;
}

/** The lock of a stack name: held around traffic switches, clean-ups and deletions only. */
export function nameScope(stack: { region: string; name: string }): LockScope {
  return `name:${stack.region}:${stack.name}`;
}

/** Where everything about jobs stands in Redis. All keys share one hash tag, so that scripts work in a Cluster. */
export interface JobKeys {
  /** The hash tag that all keys begin with: scripts build the keys of other jobs with it. */
  readonly base: string;
  /** Sorted set: every job by its place in the order of submission. */
  readonly history: string;
  /** Sorted set: the jobs that have not ended, by the same order. */
  readonly unfinished: string;
  /** Counter: the order of submission. */
  readonly sequence: string;
  /** String: since when the store stands, in ms since 1970. */
  readonly since: string;
  /** Channel: `{id, status, revision}` at each change of a job, `{id, log}` at each new log line. */
  readonly jobEvents: string;
  /** Channel: ids of jobs that shall be cancelled. */
  readonly cancellations: string;
  /** Set: the unfinished jobs of a user, by a digest of the user's name. */
  unfinishedOf(owner: string): string;
  /** Hash: the job. */
  job(id: string): string;
  /** String: the request as JSON. */
  request(id: string): string;
  /** Stream: the log. */
  log(id: string): string;
  /** String with a time to live: which claim of the job is alive. */
  lease(id: string): string;
  /** Set: the locks that the job holds or waits for. */
  locksOf(id: string): string;
  /** String: who holds the lock. */
  lock(scope: LockScope): string;
  /** Sorted set: who waits for the lock, by the order of submission. */
  lockQueue(scope: LockScope): string;
  /** String with a time to live: which job an idempotency key stands for. */
  idempotency(digest: string): string;
}

/** The keys of jobs under one prefix (`QUEUE_PREFIX`). */
export function jobKeys(prefix: string): JobKeys {
  const keys = keyspace(prefix);
  const { tag } = keys;
  const key = (...parts: string[]): string => keys.key(...parts);
  return {
    base: `${tag}:`,
    history: key('history'),
    unfinished: key('unfinished'),
    sequence: key('sequence'),
    since: key('since'),
    jobEvents: key('job-events'),
    cancellations: key('cancellations'),
    unfinishedOf: (owner) => key('unfinished-of', owner),
    job: (id) => key('job', id),
    request: (id) => key('request', id),
    log: (id) => key('log', id),
    lease: (id) => key('lease', id),
    locksOf: (id) => key('locks-of', id),
    lock: (scope) => key('lock', scope),
    lockQueue: (scope) => key('lock-queue', scope),
    idempotency: (digest) => key('idempotency', digest),
  };
}
