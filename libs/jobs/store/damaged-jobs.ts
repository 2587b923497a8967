import { randomUUID } from 'node:crypto';
import { type Redis } from '#redis';
import { z } from 'zod';
import { eventsBetween } from '../events/job-event.js';
import { jobSubmission, type JobRecord, type JobSubmission, unclaimedProgress } from '../model/job.js';
import { redisNow, timestamp } from '../redis/clock.js';
import { DamagedJobError, isDamage } from '../redis/damaged-job.error.js';
import { finishJob } from './finish-job.js';
import { type JobKeys } from '../redis/keys.js';
import { reportDamageScript } from './scripts/repair.js';
import { dropWrongTypes } from './wrong-types.js';

/** How often a damaged job is tried before it fails. */
const ATTEMPTS = 3;

const UNKNOWN = 'unknown';
/** What can be read of a submission. */
const salvaged = z.object({
  schema: z.number().int().catch(0),
  kind: z.string().catch(UNKNOWN),
  stack_name: z.string().catch(UNKNOWN),
  stack_version: z.string().catch(UNKNOWN),
  region: z.string().catch(UNKNOWN),
  dry_run: z.boolean().catch(false),
  requested_by: z.string().catch(UNKNOWN),
  request_id: z.string().catch(UNKNOWN),
  retry_of: z.string().nullable().catch(null),
});

/** The outcome for a damaged job. `retried`: it is processed again later. `failed`: with its new record, and the jobs to process now. */
export type DamageOutcome =
  { status: 'retried' | 'unknown' } | { status: 'failed'; record: JobRecord; woken: readonly string[] };

/** Jobs whose record in Redis cannot be read, so that no worker can run them: they fail after three attempts. */
export class DamagedJobs {
  /** @param onDropped is called with keys of a wrong type that were dropped */
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    private readonly onDropped: (dropped: readonly string[]) => void,
  ) {}

  /** Reports that a job could not be processed because of its stored data. The worker has released its claim before. */
  async report(id: string, error: Error): Promise<DamageOutcome> {
    const { redis, keys } = this;
    const submission = await this.salvage(id);
    const dropped = await dropWrongTypes(redis, keys, submission);
    if (dropped.length > 0) this.onDropped(dropped);
    const fence = randomUUID();
    const [outcome, seq] = await reportDamageScript(
      redis,
      [
        keys.job(id),
        keys.lease(id),
        keys.damaged,
        keys.unfinished,
        keys.events(id),
        keys.index('status', 'queued'),
        keys.index('status', 'running'),
      ],
      [id, fence, ATTEMPTS],
    );
    if (outcome === 'unknown') return { status: 'unknown' };
    if (outcome !== 'reset') return { status: 'retried' };
    const record = failedRecord(submission, seq, error);
    const events = eventsBetween(unclaimedProgress(submission.created_at), record.progress);
    const [, ...woken] = await finishJob(redis, keys, { record, events, fence });
    return { status: 'failed', record, woken: woken.map(String) };
  }

  private async salvage(id: string): Promise<JobSubmission> {
    const now = timestamp(await redisNow(this.redis));
    const text = await this.redis.hget(this.keys.job(id), 'submission').catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      return null;
    });
    return jobSubmission.parse({ ...salvaged.parse(objectOf(text)), id, created_at: now, owns: [] });
  }
}

function failedRecord(submission: JobSubmission, seq: number, error: Error): JobRecord {
  const reason = error instanceof DamagedJobError ? error.reason : 'Redis rejected a command';
  const stack = `${submission.stack_name}-${submission.stack_version}`;
  const detail =
    `What Redis holds of this job is damaged (${reason}); it failed after ${ATTEMPTS} attempts. ` +
    `Look at the stack ${stack}, then submit the change again.`;
  return {
    submission,
    progress: {
      ...unclaimedProgress(submission.created_at),
      status: 'failed',
      waiting_for: null,
      finished_at: submission.created_at,
      error: { code: 'record_damaged', detail, data: {} },
    },
    seq,
    attempt: ATTEMPTS,
    worker: null,
    cancel: null,
    log: null,
  };
}

function objectOf(text: string | null): unknown {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
