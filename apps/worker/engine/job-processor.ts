import {
  type JobOutcome,
  JobClaim,
  ClaimLostError,
  JobFailedError,
  JobSupersededError,
  type JobKeys,
  supportedKind,
  pendingStep,
  type JobStore,
} from '#jobs';
import { isRedisUnavailable, type Redis } from '#redis';
import { type ErrorReporter, type Logger } from '#telemetry';
import { z } from 'zod';
import { type AnyKind } from './step.js';
import { failJob, supersedeJob } from './finalize.js';
import { JobLogWriter } from './job-log-writer.js';
import { JobExecution, type ExecutionEnvironment } from './job-execution.js';
import { Journal } from './journal.js';
import { type JsonObject } from './step-context.js';

/** After so many milliseconds a job is looked at again that somebody else has. */
const CLAIMED_ELSEWHERE_RECHECK_MS = 5_000;
/** After so many milliseconds a job is handed on that this worker does not know: another one may. */
const UNKNOWN_KIND_RECHECK_MS = 2_000;
const CLAIM_LOST_RECHECK_MS = 1_000;
/** After so many milliseconds a job goes on that could not because the store refused to serve (full, a fail-over). */
const REDIS_RETRY_MS = 5_000;

/** What a worker needs to run jobs. */
export interface JobProcessorOptions {
  readonly redis: Redis;
  readonly keys: JobKeys;
  readonly store: JobStore;
  readonly kinds: ReadonlyMap<string, AnyKind>;
  readonly environment: ExecutionEnvironment;
  readonly logger: Logger;
  readonly reporter: ErrorReporter;
}

/** Takes the jobs that the queue delivers, one claim each, and sees to it that each claim comes to an end. */
export class JobProcessor {
  private readonly claims = new Map<string, JobClaim>();

  constructor(private readonly parts: JobProcessorOptions) {}

  /** Runs a delivered job as far as it goes now. */
  async process(id: string): Promise<JobOutcome> {
    // After Redis was away BullMQ may deliver what this very worker still runs.
    if (this.claims.has(id)) return { status: 'delayed', delayMs: CLAIMED_ELSEWHERE_RECHECK_MS };
    const { redis, keys, store } = this.parts;
    const form = await store.schemaRef(id);
    if (form === null) return { status: 'finished' };
    const kind = this.parts.kinds.get(supportedKind(form) ?? '');
    // Not even claimed: a claim would count as an attempt.
    if (kind === undefined) return { status: 'delayed', delayMs: UNKNOWN_KIND_RECHECK_MS };
    const answer = await JobClaim.acquire(redis, keys, id, (wanted) => store.get(wanted));
    if ('refused' in answer) return { status: 'finished' };
    if ('heldForMs' in answer)
      return { status: 'delayed', delayMs: Math.min(answer.heldForMs + 50, CLAIMED_ELSEWHERE_RECHECK_MS) };
    const { claim } = answer;
    this.claims.set(id, claim);
    try {
      return await this.runClaimed(kind, claim);
    } catch (error) {
      if (error instanceof ClaimLostError) return { status: 'delayed', delayMs: CLAIM_LOST_RECHECK_MS };
      if (!isRedisUnavailable(error)) throw error; // The lease runs out, and the job is delivered again.
      this.parts.logger.warn('the store does not serve now: the job goes on later', { job_id: id, error });
      await claim.releaseClaim().catch(() => undefined);
      return { status: 'delayed', delayMs: REDIS_RETRY_MS };
    } finally {
      claim.stop();
      this.claims.delete(id);
    }
  }

  /** Somebody wishes that a job ends: if it is at hand here, what runs for it stops at once. */
  async cancel(id: string): Promise<void> {
    await this.claims.get(id)?.renew();
  }

  /** Stops all commands at once: the worker's time to end in order is up. */
  interruptAll(): void {
    for (const claim of this.claims.values()) claim.interrupt();
  }

  /** How many jobs are at hand; jobs that wait do not count. */
  get running(): number {
    return this.claims.size;
  }

  /** The IDs of the jobs that are being processed; jobs that wait do not count. */
  get runningJobs(): string[] {
    return [...this.claims.keys()];
  }

  private async runClaimed(kind: AnyKind, claim: JobClaim): Promise<JobOutcome> {
    const { submission } = claim.job;
    const logger = this.parts.logger.child({
      job_id: submission.id,
      kind: submission.kind,
      stack: `${submission.stack_name}-${submission.stack_version}`,
    });
    const writer = new JobLogWriter(claim);
    const journal = new Journal(claim, claim.job.progress, this.parts.environment.services.now);
    const outcome = await this.attempt(kind, claim, journal, writer, logger);
    await writer.flush();
    if (outcome.status === 'delayed') await claim.releaseClaim();
    return outcome;
  }

  private async attempt(
    kind: AnyKind,
    claim: JobClaim,
    journal: Journal,
    writer: JobLogWriter,
    logger: Logger,
  ): Promise<JobOutcome> {
    let leftBehind: () => Promise<JsonObject | null> = () => Promise.resolve(null);
    try {
      const request = await this.parts.store.request(claim.job.submission.id);
      return await kind.withSteps(
        request,
        { retry: claim.job.submission.retry_of !== null },
        async (payload, steps) => {
          const { progress } = journal;
          if (progress.steps.length === 0) progress.steps = steps.map(({ name }) => pendingStep(name));
          logger.debug('going on with the job', { attempt: claim.job.attempt });
          const run = new JobExecution(steps, payload, claim, journal, writer, this.parts.environment);
          leftBehind = () => run.captureState();
          return await run.run();
        },
      );
    } catch (error) {
      if (error instanceof ClaimLostError || isRedisUnavailable(error)) throw error;
      if (error instanceof JobSupersededError) {
        logger.info('Job superseded', { superseded_by: error.by });
        writer.write({ source: 'agent', step: null, text: error.detail });
        await writer.flush();
        for (const id of await supersedeJob(journal, error)) this.parts.environment.wake(id);
        return { status: 'finished' };
      }
      const failure = this.failureOf(error, logger);
      logger.info('the job has failed', { code: failure.code, detail: failure.detail });
      writer.write({ source: 'agent', step: null, text: failure.detail });
      const left = await leftBehind();
      await writer.flush();
      for (const id of await failJob(journal, failure, left)) this.parts.environment.wake(id);
      return { status: 'finished' };
    }
  }

  private failureOf(error: unknown, logger: Logger): JobFailedError {
    if (error instanceof JobFailedError) return error;
    logger.error('the job met a defect of the agent', { error });
    this.parts.reporter.report(error);
    if (error instanceof z.ZodError) {
      return new JobFailedError(
        'invalid_request',
        'The stored request of the job is not one of its kind.',
        {},
        { cause: error },
      );
    }
    return new JobFailedError('internal', 'The agent itself has failed; its log says how.', {}, { cause: error });
  }
}
