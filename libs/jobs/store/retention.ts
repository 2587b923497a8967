import { setTimeout as sleep } from 'node:timers/promises';
import { type Redis } from '#redis';
import { jobStatus } from '../model/status.js';
import { redisNow } from '../redis/clock.js';
import { DamagedJobError } from '../redis/damaged-job.error.js';
import { type HistoryOrder, type JobKeys } from '../redis/keys.js';
import { dropDamagedScript } from './scripts/repair.js';
import { permanentIndexes } from './script-keys.js';
import { type StoredJob } from '../history/job-history.js';
import { ChunkBitmap } from '../history/bitmap.js';
import { chunkField, CHUNK_SIZE, idOf, JOB_ENTRY_BYTES } from '../history/chunk.js';
import { dropJobScript } from '../history/scripts.js';

const DAY_MS = 24 * 3600 * 1000;
/** How many jobs are processed per batch. */
const BATCH = 50;
/** The pause after a batch, in milliseconds: other commands come first. */
const PAUSE_MS = 5;

/** How long finished jobs are kept: so many days after their end, and so many jobs, unfinished ones counted. */
export interface RetentionLimits {
  readonly days: number;
  readonly maxJobs: number;
}

/** A finished job in the order of ends; `finishedAt` in ms since 1970. */
interface Candidate {
  readonly position: number;
  readonly id: string;
  readonly finishedAt: number;
}

/**
 * Drops finished jobs that are too old, or too many, in the order of their ends, with their log, request and index entries.
 * Unfinished jobs are never dropped. One script call drops one job, so that no other command waits for long.
 */
export class Retention {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    private readonly read: (ids: readonly string[]) => Promise<StoredJob[]>,
    private readonly limits: RetentionLimits,
  ) {}

  /** Drops what is over the limits now. @returns how many jobs were dropped */
  async run(signal: AbortSignal): Promise<number> {
    const oldest = (await redisNow(this.redis)) - this.limits.days * DAY_MS;
    let excess = Number((await this.redis.get(this.keys.size)) ?? 0) - this.limits.maxJobs;
    let dropped = 0;
    for (const chunk of await this.chunks('finished')) {
      const candidates = await this.candidates(chunk);
      for (let start = 0; start < candidates.length && !signal.aborted; start += BATCH) {
        const batch = candidates.slice(start, start + BATCH);
        const due = batch.filter(({ finishedAt }, index) => finishedAt < oldest || index < excess);
        const count = await this.drop(due);
        dropped += count;
        excess -= count;
        if (due.length < batch.length) return await this.finish(dropped);
        await sleep(PAUSE_MS);
      }
    }
    return await this.finish(dropped);
  }

  private async drop(candidates: readonly Candidate[]): Promise<number> {
    const { redis, keys } = this;
    const jobs = await this.read(candidates.map(({ id }) => id));
    let dropped = 0;
    for (const [index, { position }] of candidates.entries()) {
      const job = jobs[index] ?? null;
      if (job === null) continue;
      if (job instanceof DamagedJobError) {
        dropped += await this.dropDamaged(job.id, position);
        continue;
      }
      const { submission, progress, seq } = job;
      const { id } = submission;
      const indexes = [keys.index('status', progress.status), ...permanentIndexes(keys, submission)];
      const own = [keys.job(id), keys.request(id), keys.events(id), keys.size];
      dropped += await dropJobScript(redis, [...own, ...indexes], [seq, position]);
    }
    return dropped;
  }

  private async dropDamaged(id: string, position: number): Promise<number> {
    const { redis, keys } = this;
    const indexes = [keys.index('all'), ...jobStatus.options.map((status) => keys.index('status', status))];
    const own = [keys.job(id), keys.request(id), keys.events(id), keys.size];
    return await dropDamagedScript(redis, [...own, ...indexes], [position]);
  }

  private async candidates(chunk: number): Promise<Candidate[]> {
    const container = await this.redis.hgetBuffer(this.keys.index('all'), chunkField('finished', chunk));
    const table = await this.redis.getBuffer(`${this.keys.jobTable('finished')}${chunk}`);
    if (table === null) return [];
    const bitmap = new ChunkBitmap();
    bitmap.addContainer(container);
    return [...bitmap.descending()].reverse().map((offset) => {
      const entry = table.subarray(offset * JOB_ENTRY_BYTES, (offset + 1) * JOB_ENTRY_BYTES);
      return {
        position: chunk * CHUNK_SIZE + offset,
        id: idOf(entry.subarray(0, 16)),
        finishedAt: entry.readUIntBE(16, 6),
      };
    });
  }

  /** The chunks of an order that have jobs, the oldest first. */
  private async chunks(order: HistoryOrder): Promise<number[]> {
    const fields = await this.redis.hkeys(this.keys.index('all'));
    const prefix = order === 'finished' ? 'f' : '';
    const own = fields.filter((field) => field.startsWith('f') === (order === 'finished'));
    return own.map((field) => Number(field.slice(prefix.length))).sort((a, b) => a - b);
  }

  /** Drops the tables of chunks before the first one that still has jobs. */
  private async finish(dropped: number): Promise<number> {
    const { redis, keys } = this;
    const tables: [HistoryOrder, string][] = [
      ['submitted', keys.jobTable('submitted')],
      ['finished', keys.jobTable('finished')],
      ['finished', keys.submissionTable],
    ];
    for (const [order, prefix] of tables) {
      const [first = 0] = await this.chunks(order);
      for (let chunk = first - 1; chunk >= 0 && (await redis.unlink(`${prefix}${chunk}`)) > 0; chunk -= 1);
    }
    return dropped;
  }
}
