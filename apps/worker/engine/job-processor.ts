import {
  type Disposition,
  JobClaim,
  ClaimLost,
  JobFailure,
  type JobKeys,
  kindOf,
  pendingStep,
  type JobStore,
} from '#jobs';
import { isRedisUnavailable, type Redis } from '#redis';
import { type ErrorReporter, type Logger } from '#telemetry';
import { z } from 'zod';
import { type AnyKind } from './step.js';
import { endFailed } from './finalize.js';
import { JobLogWriter } from './job-log-writer.js';
import { JobRun, type RunEnvironment } from './job-execution.js';
import { Journal } from './journal.js';
import { type JsonObject } from './step-context.js';

/** After so many milliseconds a job is looked at again that somebody else has. */
const NOT_MINE_CHECK_MS = 5_000;
/** After so many milliseconds a job is handed on that this worker does not know: another one may. */
const UNKNOWN_CHECK_MS = 2_000;
const LOST_CHECK_MS = 1_000;
/** After so many milliseconds a job goes on that could not because the store refused to serve (full, a fail-over). */
const STORE_CHECK_MS = 5_000;

/** What a worker needs to run jobs. */
export interface JobRunnerParts {
  readonly redis: Redis;
  readonly keys: JobKeys;
  readonly store: JobStore;
  readonly kinds: ReadonlyMap<string, AnyKind>;
  readonly environment: RunEnvironment;
  readonly logger: Logger;
  readonly reporter: ErrorReporter;
}

/** Takes the jobs that the queue delivers, one claim each, and sees to it that each claim comes to an end. */
export class JobRunner {
  private readonly claims = new Map<string, JobClaim>();

  constructor(private readonly parts: JobRunnerParts) {}

  /** Runs a delivered job as far as it goes now. */
  async handle(id: string): Promise<Disposition> {
    // After Redis was away BullMQ may deliver what this very worker still runs.
    if (this.claims.has(id)) return { then: 'again', afterMs: NOT_MINE_CHECK_MS };
    const { redis, keys, store } = this.parts;
    const form = await store.form(id);
    if (form === null) return { then: 'ended' };
    const kind = this.parts.kinds.get(kindOf(form) ?? '');
    // Not even claimed: a claim would count as an attempt.
    if (kind === undefined) return { then: 'again', afterMs: UNKNOWN_CHECK_MS };
    const answer = await JobClaim.take(redis, keys, id, (wanted) => store.get(wanted));
    if ('refused' in answer) return { then: 'ended' };
    if ('heldForMs' in answer) return { then: 'again', afterMs: Math.min(answer.heldForMs + 50, NOT_MINE_CHECK_MS) };
    const { claim } = answer;
    this.claims.set(id, claim);
    try {
      return await this.runClaimed(kind, claim);
    } catch (error) {
      if (error instanceof ClaimLost) return { then: 'again', afterMs: LOST_CHECK_MS };
      if (!isRedisUnavailable(error)) throw error; // The lease runs out, and the job is delivered again.
      this.parts.logger.warn('the store does not serve now: the job goes on later', { job_id: id, error });
      await claim.giveBack().catch(() => undefined);
      return { then: 'again', afterMs: STORE_CHECK_MS };
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

  private async runClaimed(kind: AnyKind, claim: JobClaim): Promise<Disposition> {
    const { submission } = claim.job;
    const logger = this.parts.logger.child({
      job_id: submission.id,
      kind: submission.kind,
      stack: `${submission.stack_name}-${submission.stack_version}`,
    });
    const writer = new JobLogWriter(claim);
    const journal = new Journal(claim, claim.job.progress, this.parts.environment.around.now);
    const disposition = await this.attempt(kind, claim, journal, writer, logger);
    await writer.flush();
    if (disposition.then === 'again') await claim.giveBack();
    return disposition;
  }

  private async attempt(
    kind: AnyKind,
    claim: JobClaim,
    journal: Journal,
    writer: JobLogWriter,
    logger: Logger,
  ): Promise<Disposition> {
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
          const run = new JobRun(steps, payload, claim, journal, writer, this.parts.environment);
          leftBehind = () => run.leftBehind();
          return await run.go();
        },
      );
    } catch (error) {
      if (error instanceof ClaimLost || isRedisUnavailable(error)) throw error;
      const failure = this.failureOf(error, logger);
      logger.info('the job has failed', { code: failure.code, detail: failure.detail });
      writer.write({ source: 'agent', step: null, text: failure.detail });
      const left = await leftBehind();
      await writer.flush();
      for (const id of await endFailed(journal, failure, left)) this.parts.environment.wake(id);
      return { then: 'ended' };
    }
  }

  private failureOf(error: unknown, logger: Logger): JobFailure {
    if (error instanceof JobFailure) return error;
    logger.error('the job met a defect of the agent', { error });
    this.parts.reporter.report(error);
    if (error instanceof z.ZodError) {
      return new JobFailure(
        'invalid_request',
        'The stored request of the job is not one of its kind.',
        {},
        { cause: error },
      );
    }
    return new JobFailure('internal', 'The agent itself has failed; its log says how.', {}, { cause: error });
  }
}
