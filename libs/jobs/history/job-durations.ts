import { type Redis } from '#redis';
import { z } from 'zod';
import { type JobRecord, type JobSubmission } from '../model/job.js';
import { type JobKeys } from '../redis/keys.js';

/** How many durations of one kind and application are kept. */
const MAX_SAMPLES = 20;
/** How long they are kept after the last job, in seconds: 90 days. */
const RETENTION_SECONDS = 90 * 24 * 3600;

const samples = z.array(z.coerce.number());

/** How long such jobs usually take: the median in milliseconds, and of how many jobs. */
export interface UsualDuration {
  readonly medianMs: number;
  readonly samples: number;
}

/** Jobs that are comparable: those of one kind and one application. */
type Subject = Pick<JobSubmission, 'kind' | 'region' | 'stack_name'>;

/** How long the last jobs of each kind and application took, from their start to their end. */
export class JobDurations {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** Records the duration of a job that succeeded at this time, in ms since 1970. Dry runs are left out. */
  async record({ submission, progress: { started_at: start } }: JobRecord, finishedAt: number): Promise<void> {
    if (submission.dry_run || start === null) return;
    const key = this.keys.durations(submission);
    await this.redis
      .multi()
      .lpush(key, finishedAt - Date.parse(start))
      .ltrim(key, 0, MAX_SAMPLES - 1)
      .expire(key, RETENTION_SECONDS)
      .exec();
  }

  /** How long each of these jobs usually takes; null when none like it has succeeded yet. */
  async usual(subjects: readonly Subject[]): Promise<(UsualDuration | null)[]> {
    const pipeline = this.redis.pipeline();
    for (const subject of subjects) pipeline.lrange(this.keys.durations(subject), 0, -1);
    const replies = (await pipeline.exec()) ?? [];
    return replies.map(([error, reply]) => {
      if (error !== null) throw error;
      const durations = samples.parse(reply).sort((a, b) => a - b);
      const medianMs = durations[Math.floor(durations.length / 2)];
      return medianMs === undefined ? null : { medianMs, samples: durations.length };
    });
  }
}
