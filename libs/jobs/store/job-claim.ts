import { type Redis } from '#redis';
import { randomUUID } from 'node:crypto';
import { packEntries } from '../audit/audit-record.js';
import { startEntry } from '../audit/job-entries.js';
import { ClaimLostError } from './claim-lost.error.js';
import { eventsBetween, type JobEvent, type LogLine, type StackEventEntry } from '../events/job-event.js';
import { type CancelRequest, cancelRequest, type JobProgress, type JobRecord } from '../model/job.js';
import { finishJob } from './finish-job.js';
import { claimScript, releaseScript, renewScript } from './scripts/claim.js';
import { eventKeys, subjectOf } from './script-keys.js';
import { JobLocks } from './job-locks.js';
import { type JobKeys } from '../redis/keys.js';
import { logEvents, summarizeLog } from './job-log.js';
import { Lease, LEASE_MS, LEASE_RENEWAL_MS } from './lease.js';
import { appendLogScript, saveScript } from './scripts/progress.js';

/** The store's reply to a worker that claims a job. `heldForMs`: how long another claim may still be valid. */
export type ClaimAnswer = { claim: JobClaim } | { refused: 'not_found' | 'finished' } | { heldForMs: number };

interface ClaimRequest {
  readonly id: string;
  readonly worker: string;
  readonly noTakeoverMs?: number;
  readonly read: (id: string) => Promise<JobRecord | null>;
}

/**
 * A worker's claim on one job: the only way to change it. Renews itself until it is released or the job is finished.
 * Every write is fenced: when a later claim exists, nothing is written and `ClaimLostError` is thrown.
 */
export class JobClaim {
  /** Until when commands may run for the job. */
  readonly lease: Lease;
  readonly locks: JobLocks;
  private readonly abort = new AbortController();
  private readonly renewal: NodeJS.Timeout;
  private cancelRequest: CancelRequest | null;
  private logged = 0;
  private released = false;
  private saves = 0;
  /** The number of the last save that is known to have been stored. */
  private storedSaves = 0;
  private saved: JobProgress;

  private constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    readonly job: JobRecord,
    private readonly grant: { fence: string; crashes: number; workerBefore: string; requestedAtNs: bigint },
  ) {
    this.lease = new Lease(grant.requestedAtNs);
    this.locks = new JobLocks(redis, keys, { job, fence: grant.fence, onLost: () => this.throwLost() });
    this.cancelRequest = job.cancel;
    this.saved = structuredClone(job.progress);
    if (this.cancelRequest !== null) this.abort.abort();
    this.renewal = setInterval(() => {
      this.renew().catch(() => undefined); // The next renewal tries again; the lease's deadline guards the commands.
    }, LEASE_RENEWAL_MS);
  }

  /**
   * Claims a job for a worker.
   * @param worker the id of the worker
   * @param noTakeoverMs for how long no claim that was not released may be taken over although its lease has expired, in
   *   milliseconds; see `TakeoverDelay`
   * @param read loads the job's record once it is claimed
   */
  static async acquire(
    redis: Redis,
    keys: JobKeys,
    { id, worker, noTakeoverMs = 0, read }: ClaimRequest,
  ): Promise<ClaimAnswer> {
    const requestedAtNs = process.hrtime.bigint();
    const fence = randomUUID();
    const answer = await claimScript(
      redis,
      [keys.job(id), keys.lease(id), keys.waiting],
      [LEASE_MS, fence, id, worker, noTakeoverMs],
    );
    if (answer[0] === 'held') return { heldForMs: answer[1] };
    if (answer[0] !== 'claimed') return { refused: answer[0] };
    const job = await read(id).catch(async (error: unknown) => {
      await releaseScript(redis, [keys.job(id), keys.lease(id)], [fence]);
      throw error;
    });
    if (job === null) return { refused: 'not_found' };
    return {
      claim: new JobClaim(redis, keys, job, { fence, crashes: answer[1], workerBefore: answer[2], requestedAtNs }),
    };
  }

  /** How many claims before this one crashed in a row without progress. */
  get crashCount(): number {
    return this.grant.crashes;
  }

  /** The worker that held the job before and has not released it; empty when there was none. */
  get crashedWorker(): string {
    return this.grant.workerBefore;
  }

  /** What proves to the store that this claim holds the job. */
  get fence(): string {
    return this.grant.fence;
  }

  /** Aborted when the job is to be cancelled, or the claim is lost: running commands must stop. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Whether the claim has ended: released, lost, or its job is finished. */
  get isReleased(): boolean {
    return this.released;
  }

  /** The pending cancel request, if this worker has seen one. */
  get cancel(): CancelRequest | null {
    return this.cancelRequest;
  }

  /** Renews the claim now, and reads whether the job is to be cancelled. @throws ClaimLostError */
  async renew(): Promise<void> {
    const requestedAtNs = process.hrtime.bigint();
    const { id } = this.job.submission;
    const [alive, request] = await renewScript(
      this.redis,
      [this.keys.job(id), this.keys.lease(id)],
      [this.grant.fence, LEASE_MS],
    );
    if (alive === 0) return this.throwLost();
    this.lease.renewedAt(requestedAtNs);
    if (request !== '') {
      this.cancelRequest = cancelRequest.parse(JSON.parse(request));
      this.abort.abort();
    }
  }

  /**
   * Stores the job's progress, and the events that lead to it. Further saves can be sent before this one is answered: when
   * one is refused, so are they.
   * @param madeProgress a step has made progress: the count of crashes is reset
   * @param stackEvents appended with the progress, both or neither
   */
  async save(
    progress: JobProgress,
    { madeProgress, stackEvents = [] }: { madeProgress: boolean; stackEvents?: readonly StackEventEntry[] },
  ): Promise<void> {
    const { keys, job } = this;
    const { id } = job.submission;
    const before = this.saved;
    this.saved = structuredClone(progress);
    this.saves += 1;
    const number = this.saves;
    const written = await saveScript(
      this.redis,
      [...eventKeys(keys, id), keys.index('status', 'queued'), keys.index('status', 'running'), keys.audit],
      [
        this.grant.fence,
        JSON.stringify(progress),
        progress.status,
        madeProgress ? 1 : 0,
        id,
        number,
        subjectOf(job.submission),
        before.status === progress.status ? packEntries() : packEntries(startEntry(job.submission)),
        this.storedSaves,
        stackEvents.length,
        ...stackEvents.map((event) => JSON.stringify({ type: 'stack_event', ...event } satisfies JobEvent)),
        ...eventsBetween(before, progress).map((event) => JSON.stringify(event)),
      ],
    );
    if (written === 0) this.throwLost();
    this.storedSaves = number;
  }

  /**
   * Appends lines to the job's log.
   * @param batch numbers what this claim appends, from 1 on; sent again with the same number, lines are appended once
   * @throws ClaimLostError, errors of Redis
   */
  async log(lines: readonly LogLine[], batch = this.logged + 1): Promise<void> {
    this.logged = batch;
    const { id } = this.job.submission;
    const written = await appendLogScript(this.redis, eventKeys(this.keys, id), [
      this.grant.fence,
      id,
      batch,
      ...logEvents(lines),
    ]);
    if (written === 0) this.throwLost();
  }

  /**
   * Finishes the job with this progress and frees its locks; returns the jobs that they wake. A job with a pending cancel
   * request does not succeed, nor is it cancelled without the deletion that a request wants: returns `cancel_requested`, and writes nothing.
   */
  async finish(progress: JobProgress): Promise<string[] | 'cancel_requested'> {
    const { redis, keys, job } = this;
    const events = eventsBetween(this.saved, progress);
    const log = await summarizeLog(redis, keys, job.submission.id, events);
    const record = { ...job, progress, cancel: this.cancelRequest, log };
    const [ended, ...woken] = await finishJob(redis, keys, { record, events, fence: this.grant.fence });
    if (ended === 2) return 'cancel_requested';
    this.stop();
    if (ended !== 1) this.throwLost();
    return woken.map(String);
  }

  /** Releases the unfinished job: any worker can continue it immediately. */
  async releaseClaim(): Promise<void> {
    this.stop();
    const { id } = this.job.submission;
    await releaseScript(this.redis, [this.keys.job(id), this.keys.lease(id)], [this.grant.fence]);
  }

  /** Stops the job's commands immediately, because the worker stops; another worker continues the job. */
  interrupt(): void {
    this.abort.abort();
  }

  /** Stops renewing without a release: the lease expires. */
  stop(): void {
    this.released = true;
    clearInterval(this.renewal);
  }

  private throwLost(): never {
    this.stop();
    this.abort.abort();
    throw new ClaimLostError(this.job.submission.id);
  }
}
