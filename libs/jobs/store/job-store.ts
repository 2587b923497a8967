import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Redis } from '#redis';
import { type AuditEntry, packEntries } from '../audit/audit-record.js';
import { submissionEntry } from '../audit/job-entries.js';
import { type JobSchemaRef, jobSchemaRef, supportedKind } from '../model/job.js';
import { JOB_KINDS } from '../kinds/index.js';
import {
  type CancelRequest,
  type JobProgress,
  type JobRecord,
  type JobSubmission,
  RECORD_SCHEMA_VERSION,
} from '../model/job.js';
import { isTerminal, jobStatus } from '../model/status.js';
import { cancelScript } from './scripts/progress.js';
import { jobScope, type JobKeys, nameScope } from '../redis/keys.js';
import { type LogPage, readLog, summarizeLog } from './job-log.js';
import { redisNow, timestamp } from '../redis/clock.js';
import { eventsBetween, type JobEvent } from '../events/job-event.js';
import { idBytes } from '../history/chunk.js';
import { JobHistory, type StoredJob } from '../history/job-history.js';
import { isWrongType, readingJob } from '../redis/damaged-job.error.js';
import { finishJob, UNCLAIMED } from './finish-job.js';
import { eventKeys, permanentIndexes, subjectOf } from './script-keys.js';
import { JobRecords } from './job-records.js';
import { changeRefusal, readWaitingJobs } from './store-figures.js';
import { storedSubmission } from './stored-job.js';
import { type Cancelled, type CancelOrder, type NewJob, OWN_ORIGIN, type Submitted } from './new-job.js';
import { waitingPositionsScript } from './scripts/read.js';
import { submitScript } from './scripts/submit.js';
import { dropWrongTypes } from './wrong-types.js';

/** How long an idempotency key is remembered, in seconds: 24 hours. */
export const IDEMPOTENCY_SECONDS = 24 * 3600;

const submittedRef = jobSchemaRef.extend({ requested_by: z.string() });

/** The jobs in Redis: all reads, and the changes that need no claim. */
export class JobStore {
  /** The history, in pages. */
  readonly history: JobHistory;
  private readonly records: JobRecords;

  /** @param onRepaired is called with keys of a wrong type that were dropped or replaced */
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    private readonly onRepaired: (repaired: readonly string[]) => void = () => undefined,
  ) {
    this.records = new JobRecords(redis, keys);
    this.history = new JobHistory(redis, keys, this.records);
  }

  /** Stores a job, durable when this returns; returns the existing job when it is not a new one. */
  async submit(job: NewJob): Promise<Submitted> {
    const { keys } = this;
    const id = randomUUID();
    const submission = { ...job.description, schema: RECORD_SCHEMA_VERSION, id, created_at: '' };
    const { kind } = job.description;
    const { region, stack_name: name } = submission;
    const ofVersion = jobScope(submission);
    const ofName = nameScope({ region, name });
    const [, events, ...announced] = eventKeys(keys, id);
    const scriptKeys = [
      keys.job(id),
      keys.request(id),
      keys.unfinished,
      keys.waiting,
      keys.position('submitted'),
      keys.idempotency(job.idempotency?.digest ?? ''),
      keys.lock(ofVersion),
      keys.lockQueue(ofVersion),
      keys.locksOf(id),
      keys.lock(ofName),
      keys.lockQueue(ofName),
      keys.size,
      events ?? '',
      ...announced,
      keys.unfinishedOf(submission.requested_by),
      keys.audit,
      keys.stackNames,
      keys.index('status', 'queued'),
      ...permanentIndexes(keys, submission),
    ];
    const scriptArgs = [
      id,
      idBytes(id),
      JSON.stringify(storedSubmission.parse(submission)),
      JSON.stringify(job.request),
      job.fingerprint,
      job.idempotency?.fingerprint ?? '',
      IDEMPOTENCY_SECONDS,
      job.refuseDuplicate ? 1 : 0,
      ofVersion,
      JOB_KINDS[kind].startsWithNameLock(job.request) ? 1 : 0,
      ofName,
      keys.job(''),
      keys.jobTable('submitted'),
      subjectOf(submission),
      JSON.stringify({ type: 'state', status: 'queued' } satisfies JobEvent),
      job.idempotency?.replaces ?? '',
      job.unfinishedLimit ?? 0,
      packEntries(submissionEntry(submission, job.origin ?? OWN_ORIGIN)),
      name,
      submission.retry_of ?? '',
    ];
    const [outcome, standing] = await this.repairing(submission, () =>
      submitScript(this.redis, scriptKeys, scriptArgs),
    );
    return { outcome, id: standing };
  }

  /** The job, or null when none has this id. @throws DamagedJobError */
  async get(id: string): Promise<JobRecord | null> {
    return await this.records.get(id);
  }

  /**
   * The submitter of an unfinished job, and the fields that decide whether this version understands it; null when the job has
   * finished.
   * @throws DamagedJobError also when there is no such job
   */
  async schemaRef(id: string): Promise<(JobSchemaRef & { readonly requested_by: string }) | null> {
    return await readingJob(id, async () => {
      const [status, submission = null] = await this.redis.hmget(this.keys.job(id), 'status', 'submission');
      if (isTerminal(jobStatus.parse(status))) return null;
      return submittedRef.parse(JSON.parse(submission ?? ''));
    });
  }

  /** The request of the job, or null when it is no longer kept (`REQUEST_RETENTION_SECONDS`). */
  async request(id: string): Promise<unknown> {
    return await readingJob(id, async () => {
      const text = await this.redis.get(this.keys.request(id));
      const request: unknown = text === null ? null : JSON.parse(text);
      return request;
    });
  }

  /** Several jobs with one round trip; null for one that does not exist, and the error of one that is damaged. */
  async getMany(ids: readonly string[]): Promise<StoredJob[]> {
    return await this.records.getMany(ids);
  }

  /** The position of each job among those that wait for a free worker, 1 is next; null for one that does not wait. */
  async waitingPositions(ids: readonly string[]): Promise<(number | null)[]> {
    if (ids.length === 0) return [];
    const before = await waitingPositionsScript(this.redis, [this.keys.waiting], ids);
    return before.map((count) => (count < 0 ? null : count + 1));
  }

  /** The ids of the unfinished jobs, in the order of submission. */
  async unfinished(): Promise<string[]> {
    return await this.redis.zrange(this.keys.unfinished, '0', '-1');
  }

  /** A part of a job's log, see `readLog`. */
  async log(query: { id: string; after: number; limit: number }): Promise<LogPage> {
    return await readLog(this.redis, this.keys, query);
  }

  /**
   * Requests the cancellation of a job. A job without a claim finishes immediately, any other when its worker has observed
   * the current state. `finished` when it had finished before.
   */
  async cancel(id: string, order: CancelOrder): Promise<Cancelled> {
    const job = await this.get(id);
    if (job === null) return { outcome: 'not_found', woken: [] };
    if (isTerminal(job.progress.status)) return { outcome: 'finished', woken: [] };
    const now = timestamp(await redisNow(this.redis));
    const cancel: CancelRequest = {
      requested_at: now,
      requested_by: order.requestedBy,
      delete_stack: order.deleteStack,
    };
    // A job of a later version must be finished by its own worker: it might not understand what we would write.
    const isUnclaimed = job.attempt === 0 && supportedKind(job.submission) !== null;
    const { requestedBy, requestId, origin = { ...OWN_ORIGIN, action: 'cancel_job' } } = order;
    const by = { requested_by: requestedBy, request_id: requestId ?? job.submission.request_id };
    const entry = submissionEntry({ ...job.submission, ...by }, origin);
    const ended = isUnclaimed ? await this.endUnclaimed(job, cancel, entry) : null;
    if (ended !== null) return ended;
    const outcome = await cancelScript(
      this.redis,
      [...eventKeys(this.keys, id), this.keys.cancellations, this.keys.audit],
      [
        id,
        JSON.stringify(cancel),
        order.deleteStack ? 1 : 0,
        subjectOf(job.submission),
        packEntries(entry),
        JSON.stringify(cancelEvent(cancel)),
      ],
    );
    return { outcome, woken: outcome === 'requested' ? [id] : [] };
  }

  /** Why no change is accepted at present, for instance because Redis is full; null when they are, or Redis is unavailable. */
  async writeRefusal(): Promise<string | null> {
    return await changeRefusal(this.redis, this.keys);
  }

  /** The jobs that wait for a worker: how many, and when the first of them was submitted, in ms since 1970. */
  async waitingJobs(): Promise<{ readonly count: number; readonly since: number | null }> {
    return await readWaitingJobs(this.redis, this.keys);
  }

  /** Runs a script that rejects keys of a wrong type before it writes anything; then they are repaired, and it is run again. */
  private async repairing<T>(submission: JobSubmission, script: () => Promise<T>): Promise<T> {
    return await script().catch(async (error: unknown) => {
      if (!isWrongType(error)) throw error;
      this.onRepaired(await dropWrongTypes(this.redis, this.keys, submission));
      return await script();
    });
  }

  /** Null when a worker was faster. */
  private async endUnclaimed(job: JobRecord, cancel: CancelRequest, entry: AuditEntry): Promise<Cancelled | null> {
    const progress: JobProgress = {
      ...job.progress,
      status: 'cancelled',
      finished_at: cancel.requested_at,
      waiting_for: null,
      result: { summary: 'Cancelled before a worker started: nothing was done.' },
    };
    const events = [cancelEvent(cancel), ...eventsBetween(job.progress, progress)];
    const record = {
      ...job,
      progress,
      cancel,
      log: await summarizeLog(this.redis, this.keys, job.submission.id, events),
    };
    const end = { record, events, fence: UNCLAIMED, audit: [entry] };
    const [ended, ...woken] = await this.repairing(job.submission, () => finishJob(this.redis, this.keys, end));
    if (ended === 3) return { outcome: 'not_audited', woken: [] };
    return ended === 1 ? { outcome: 'cancelled', woken: woken.map(String) } : null;
  }
}

function cancelEvent({ requested_by, delete_stack }: CancelRequest): JobEvent {
  return { type: 'cancel', requested_by, delete_stack };
}
