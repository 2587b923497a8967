import { createHash } from 'node:crypto';
import { keyspace } from '#redis';
import { isJobKind, JOB_KINDS } from '../kinds/index.js';

/** How long the request (definition, parameters) of a finished job is kept, in seconds: 7 days. */
export const REQUEST_RETENTION_SECONDS = 7 * 24 * 3600;

/**
 * What a lock protects: one stack version, or all versions of one stack name, both within one region; or the weights of one
 * domain, which stacks of several names and regions can share.
 */
export type LockScope = `version:${string}` | `name:${string}` | `domain:${string}`;

type JobScopeSubject = Readonly<Record<'kind' | 'region' | 'stack_name' | 'stack_version', string>>;

/** The lock of one stack version: held by a job from its first step to its end. */
export function versionScope(stack: { region: string; name: string; version: string }): LockScope {
  return `version:${stack.region}:${stack.name}-${stack.version}`;
}

/** The lock that a job holds from its first step to its end: that of its stack version, or one of rollbacks only. */
export function jobScope({ kind, region, stack_name: name, stack_version }: JobScopeSubject): LockScope {
  const locksVersion = !isJobKind(kind) || JOB_KINDS[kind].locksVersion;
  return versionScope({ region, name, version: locksVersion ? stack_version : `@${kind}` });
}

/** The lock of a stack name: held around traffic switches, clean-ups and deletions only. */
export function nameScope(stack: { region: string; name: string }): LockScope {
  return `name:${stack.region}:${stack.name}`;
}

/** The lock of a domain's weights: held around traffic switches only. Route 53 is global, so it has no region. */
export function domainScope(domain: string): LockScope {
  return `domain:${domain}`;
}

/** The two orders of the history: every job by its submission, every finished job by its end. */
export type HistoryOrder = 'submitted' | 'finished';

/** Where everything about jobs is stored in Redis. All keys share one hash tag, so that scripts work in a Cluster. */
export interface JobKeys {
  /** The prefix of all keys, `{lizzy}:`. */
  readonly base: string;
  /** Sorted set: the jobs that have not finished, by the order of submission. */
  readonly unfinished: string;
  /** Sorted set: the jobs that wait for a free worker, by the order of submission. */
  readonly waiting: string;
  /** Counter: the last position of one order. */
  position(order: HistoryOrder): string;
  /** Prefix of the strings with the jobs' ids and times by position, one per chunk: see `history/chunk.ts`. */
  jobTable(order: HistoryOrder): string;
  /** Prefix of the strings with the positions in `submitted` by the position in `finished`, one per chunk. */
  readonly submissionTable: string;
  /** Hash: the positions of the jobs with this value, one field per chunk and order; `all` for every job. */
  index(field: string, value?: string): string;
  /** Hash: how many jobs retention has dropped from a chunk, by the field of the chunk. */
  readonly droppedJobs: string;
  /** Sorted set: the stack names of the jobs in the history, in the order of the alphabet. */
  readonly stackNames: string;
  /** Counter: how many jobs the history holds. */
  readonly size: string;
  /** String: when the store was first used, in ms since 1970. */
  readonly since: string;
  /** Never exists: writing nothing to it shows whether Redis accepts changes. */
  readonly writeCheck: string;
  /** String with a time to live: which process reconciles the queue with the records. */
  readonly reconciling: string;
  /** Channel: what has been appended to the event streams, see `events/job-events.ts`. */
  readonly jobEvents: string;
  /** Stream: the events of all jobs, log lines left out. */
  readonly feed: string;
  /** Counter: the number of the last event in `feed`. */
  readonly feedPosition: string;
  /** Hash: how often an unfinished job could not be read. */
  readonly damaged: string;
  /** Sorted set: the jobs whose events a client follows, by the time in ms until when. */
  readonly watched: string;
  /** Stream: the audit trail. */
  readonly audit: string;
  /** Channel: ids of jobs to cancel. */
  readonly cancellations: string;
  /** Set: the unfinished jobs of a user, and finished ones until the limit is reached. */
  unfinishedOf(user: string): string;
  /** Hash: the job. */
  job(id: string): string;
  /** String: the request as JSON. */
  request(id: string): string;
  /** Stream: the events of a job, its log lines among them. */
  events(id: string): string;
  /** String with a time to live: which claim of the job is alive. */
  lease(id: string): string;
  /** Set: the locks that the job holds or waits for. */
  locksOf(id: string): string;
  /** String: the job that holds the lock. */
  lock(scope: LockScope | ''): string;
  /** Sorted set: the jobs that wait for the lock, by the order of submission. */
  lockQueue(scope: LockScope | ''): string;
  /** Hash with a time to live: which job an idempotency key belongs to. */
  idempotency(digest: string): string;
  /** List: the traffic changes of an application, in the order of their effect. */
  trafficChanges(application: { region: string; name: string }): string;
  /** List with a time to live: how long the last jobs of one kind took, in ms, the last one first. */
  durations(subject: { kind: string; region: string; stack_name: string }): string;
  /** Sorted set: the rollbacks of an application, by the order of submission. */
  rollbacks(application: { region: string; name: string }): string;
}

/** The keys of jobs under one prefix (`QUEUE_PREFIX`). With an empty last part a key is the prefix of its family. */
export function jobKeys(prefix: string): JobKeys {
  const keys = keyspace(prefix);
  const { tag } = keys;
  const key = (...parts: string[]): string => keys.key(...parts);
  return {
    base: `${tag}:`,
    unfinished: key('unfinished'),
    waiting: key('waiting'),
    position: (order) => key('history', order),
    jobTable: (order) => key('history', order, ''),
    submissionTable: key('history', 'submission-of', ''),
    index: (field, value) => (value === undefined ? key('index', field) : key('index', field, value)),
    droppedJobs: key('history', 'dropped'),
    stackNames: key('history', 'stack-names'),
    size: key('history', 'size'),
    since: key('since'),
    writeCheck: key('write-check'),
    reconciling: key('reconciling'),
    jobEvents: key('job-events'),
    feed: key('feed'),
    feedPosition: key('feed', 'position'),
    damaged: key('damaged'),
    watched: key('watched'),
    audit: key('audit'),
    cancellations: key('cancellations'),
    // User names can have any length and any characters; keys should not.
    unfinishedOf: (user) => key('unfinished-of', createHash('sha256').update(user).digest('base64url').slice(0, 22)),
    job: (id) => key('job', id),
    request: (id) => key('request', id),
    events: (id) => key('events', id),
    lease: (id) => key('lease', id),
    locksOf: (id) => key('locks-of', id),
    lock: (scope) => key('lock', scope),
    lockQueue: (scope) => key('lock-queue', scope),
    idempotency: (digest) => key('idempotency', digest),
    trafficChanges: ({ region, name }) => key('traffic-changes', region, name),
    durations: ({ kind, region, stack_name }) => key('durations', kind, region, stack_name),
    rollbacks: ({ region, name }) => key('rollbacks', region, name),
  };
}
