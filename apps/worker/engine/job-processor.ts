import {
  type DamagedJobs,
  endEntry,
  isDamage,
  type JobOutcome,
  JobClaim,
  ClaimLostError,
  JobFailedError,
  JobSupersededError,
  type JobKeys,
  supportedKind,
  pendingStep,
  type JobStore,
  TakeoverDelay,
} from '#jobs';
import { isRedisUnavailable, type Redis } from '#redis';
import { type ErrorReporter, type Logger, type WorkerMetrics, withLogFields } from '#telemetry';
import { type RunnableKind } from './step.js';
import { type FairSlots } from './fair-slots.js';
import { failJob, supersedeJob } from './finalize.js';
import { JobLogWriter } from './job-log-writer.js';
import { JobExecution, type ExecutionEnvironment } from './job-execution.js';
import { JobTelemetry } from './job-telemetry.js';
import { Journal } from './journal.js';
import { type JsonObject } from './step-context.js';

/** When a job that another worker has is delivered again, in milliseconds. */
const CLAIMED_ELSEWHERE_RECHECK_MS = 5_000;
/** When a job of a kind that this worker does not know is delivered again, in milliseconds: other workers can know it. */
const UNKNOWN_KIND_RECHECK_MS = 2_000;
const CLAIM_LOST_RECHECK_MS = 1_000;
/** When a job whose stored data is damaged is tried again, in milliseconds. */
const DAMAGED_RECHECK_MS = 1_000;
/** When a job is delivered again after Redis rejected a command (out of memory, failover), in milliseconds. */
const REDIS_RETRY_MS = 5_000;

/** What the processor of jobs needs. */
export interface JobProcessorOptions {
  readonly redis: Redis;
  readonly keys: JobKeys;
  readonly store: JobStore;
  /** The id of this worker. */
  readonly worker: string;
  readonly kinds: ReadonlyMap<string, RunnableKind>;
  readonly environment: ExecutionEnvironment;
  readonly damaged: DamagedJobs;
  readonly slots: FairSlots;
  readonly logger: Logger;
  readonly reporter: ErrorReporter;
  readonly metrics: WorkerMetrics;
}

/** Processes the jobs that the queue delivers: claims each, runs it, and always releases or finishes the claim. */
export class JobProcessor {
  private readonly claims = new Map<string, JobClaim>();
  private readonly takeoverDelay: TakeoverDelay;

  constructor(private readonly parts: JobProcessorOptions) {
    this.takeoverDelay = new TakeoverDelay(parts.redis);
  }

  /** Runs a delivered job until it finishes or has to wait. A job whose stored data is damaged fails after some attempts. */
  async process(id: string): Promise<JobOutcome> {
    try {
      return await this.deliver(id);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return await this.reportDamage(id, error);
    }
  }

  private async reportDamage(id: string, error: Error): Promise<JobOutcome> {
    const { damaged, environment, logger } = this.parts;
    const outcome = await damaged.report(id, error);
    logger.error('Stored data of a job is damaged', { job_id: id, outcome: outcome.status, error });
    if (outcome.status === 'retried') return { status: 'delayed', delayMs: DAMAGED_RECHECK_MS };
    if (outcome.status === 'failed') {
      environment.audit(endEntry(outcome.record, 'worker'));
      for (const woken of outcome.woken) void environment.services.wake(woken);
    }
    return { status: 'finished' };
  }

  private async deliver(id: string): Promise<JobOutcome> {
    // After a Redis outage BullMQ can deliver a job that this worker still runs.
    if (this.claims.has(id)) return { status: 'delayed', delayMs: CLAIMED_ELSEWHERE_RECHECK_MS };
    const form = await this.parts.store.schemaRef(id);
    if (form === null) return { status: 'finished' };
    const kind = this.parts.kinds.get(supportedKind(form) ?? '');
    // It is not claimed: a claim would count as an attempt.
    if (kind === undefined) return { status: 'delayed', delayMs: UNKNOWN_KIND_RECHECK_MS };
    const { slots } = this.parts;
    const delayMs = slots.take(form.requested_by, id);
    if (delayMs !== null) return { status: 'delayed', delayMs };
    try {
      return await this.claimAndRun(kind, id);
    } finally {
      slots.release(form.requested_by, id);
    }
  }

  private async claimAndRun(kind: RunnableKind, id: string): Promise<JobOutcome> {
    const { redis, keys, store, worker } = this.parts;
    // It never changes: read together with the claim.
    const request = store.request(id);
    request.catch(() => undefined);
    const answer = await JobClaim.acquire(redis, keys, {
      id,
      worker,
      noTakeoverMs: this.takeoverDelay.leftMs,
      read: (wanted) => store.get(wanted),
    });
    if ('refused' in answer) return { status: 'finished' };
    if ('heldForMs' in answer)
      return { status: 'delayed', delayMs: Math.min(answer.heldForMs + 50, CLAIMED_ELSEWHERE_RECHECK_MS) };
    const { claim } = answer;
    this.claims.set(id, claim);
    try {
      const { request_id, traceparent } = claim.job.submission;
      return await withLogFields({ job_id: id, request_id }, () => this.runClaimed(kind, claim, request), {
        traceparent,
      });
    } catch (error) {
      if (error instanceof ClaimLostError) return { status: 'delayed', delayMs: CLAIM_LOST_RECHECK_MS };
      if (isDamage(error)) await claim.releaseClaim().catch(() => undefined);
      if (!isRedisUnavailable(error)) throw error; // The lease runs out, and the job is delivered again.
      this.parts.logger.warn('Redis rejected a command; the job continues later', { job_id: id, error });
      await claim.releaseClaim().catch(() => undefined);
      return { status: 'delayed', delayMs: REDIS_RETRY_MS };
    } finally {
      claim.stop();
      this.claims.delete(id);
    }
  }

  /** A cancel request arrived: if the job runs here, its command is terminated immediately. */
  async cancel(id: string): Promise<void> {
    await this.claims.get(id)?.renew();
  }

  /** Terminates all commands: the grace period of the shutdown has expired. */
  interruptAll(): void {
    for (const claim of this.claims.values()) claim.interrupt();
  }

  /** The number of jobs that are being processed; jobs that wait do not count. */
  get running(): number {
    return this.claims.size;
  }

  /** How many users rest, by kind of work. */
  get resting(): { readonly definitions: number; readonly jobs: number } {
    return { definitions: this.parts.environment.services.definitions.resting, jobs: this.parts.slots.resting };
  }

  /** The IDs of the jobs that are being processed; jobs that wait do not count. */
  get runningJobs(): string[] {
    return [...this.claims.keys()];
  }

  private async runClaimed(kind: RunnableKind, claim: JobClaim, request: Promise<unknown>): Promise<JobOutcome> {
    const { submission } = claim.job;
    const telemetry = new JobTelemetry(submission, this.parts.logger, this.parts.metrics, this.parts.reporter);
    const writer = new JobLogWriter(claim);
    const journal = new Journal(claim, claim.job.progress, this.parts.environment.services, writer, telemetry);
    if (claim.crashCount > 0) {
      const { crashedWorker: before, job } = claim;
      const text = `Worker ${before} stopped responding; worker ${this.parts.worker} continues, attempt ${job.attempt}`;
      telemetry.takenOver({ attempt: job.attempt, worker: before });
      writer.write({ source: 'agent', step: null, text });
    }
    const outcome = await this.attempt(kind, request, claim, journal, writer, telemetry);
    if (journal.final !== null)
      this.parts.environment.audit(endEntry({ ...claim.job, progress: journal.final }, 'worker'));
    await writer.flush();
    if (outcome.status === 'delayed') await claim.releaseClaim();
    return outcome;
  }

  private async attempt(
    kind: RunnableKind,
    request: Promise<unknown>,
    claim: JobClaim,
    journal: Journal,
    writer: JobLogWriter,
    telemetry: JobTelemetry,
  ): Promise<JobOutcome> {
    let captureState: () => Promise<JsonObject | null> = () => Promise.resolve(null);
    try {
      return await kind.withSteps(
        await request,
        { retry: claim.job.submission.retry_of !== null },
        async (payload, steps) => {
          const { progress } = journal;
          if (progress.steps.length === 0) progress.steps = steps.map(({ name }) => pendingStep(name));
          const run = new JobExecution(steps, payload, claim, journal, writer, this.parts.environment);
          captureState = () => run.captureState();
          return await run.run();
        },
      );
    } catch (error) {
      if (error instanceof ClaimLostError || isRedisUnavailable(error) || isDamage(error)) throw error;
      if (error instanceof JobSupersededError) {
        writer.write({ source: 'agent', step: null, text: error.detail });
        await writer.flush();
        for (const id of await supersedeJob(journal, error)) void this.parts.environment.services.wake(id);
        return { status: 'finished' };
      }
      const failure = this.failureOf(error, telemetry);
      const state = await captureState();
      for (const id of await failJob(journal, failure, state)) void this.parts.environment.services.wake(id);
      telemetry.failed(error, failure, journal.progress);
      return { status: 'finished' };
    }
  }

  private failureOf(error: unknown, telemetry: JobTelemetry): JobFailedError {
    if (error instanceof JobFailedError) return error;
    telemetry.unexpected(error);
    return new JobFailedError(
      'internal',
      'The agent failed unexpectedly. The log of the worker has the cause.',
      {},
      { cause: error },
    );
  }
}
