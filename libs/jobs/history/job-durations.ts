import { defineScript, type Redis } from '#redis';
import { z } from 'zod';
import { type JobRecord, type JobSubmission } from '../model/job.js';
import { type JobKeys } from '../redis/keys.js';

/** How many durations of one kind and application are kept. */
const MAX_SAMPLES = 20;
/** How long they are kept after the last job, in seconds: 90 days. */
const RETENTION_SECONDS = 90 * 24 * 3600;

/**
 * KEYS: lists of durations. ARGV: none. Reply: per list the median, 0 without any, and how many durations there are. What is damaged is
 * left out: an estimate must not keep a job from being read.
 */
const mediansScript = defineScript(
  'median-durations',
  `
  local medians = {}
  for i, key in ipairs(KEYS) do
    local durations = {}
    for _, each in ipairs(redis.pcall('LRANGE', key, 0, -1)) do durations[#durations + 1] = tonumber(each) end
    table.sort(durations)
    medians[i] = {durations[math.floor(#durations / 2) + 1] or 0, #durations}
  end
  return medians
  `,
  z.array(z.tuple([z.number(), z.number()])),
);

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
    if (subjects.length === 0) return [];
    const lists = subjects.map((subject) => this.keys.durations(subject));
    const found = await mediansScript(this.redis, lists, []);
    return found.map(([medianMs, samples]) => (samples === 0 ? null : { medianMs, samples }));
  }
}
