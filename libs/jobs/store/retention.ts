import { setTimeout as sleep } from 'node:timers/promises';
import { type Redis } from '#redis';
import { jobStatus } from '../model/status.js';
import { redisNow } from '../redis/clock.js';
import { DamagedJobError } from '../redis/damaged-job.error.js';
import { type HistoryOrder, type JobKeys } from '../redis/keys.js';
import { dropDamagedScript } from './scripts/repair.js';
import { permanentIndexes } from './script-keys.js';
import { type StoredJob } from '../history/job-history.js';
import { ChunkBitmap, decodeContainer } from '../history/bitmap.js';
import { chunkField, CHUNK_SIZE, idOf, JOB_ENTRY_BYTES } from '../history/chunk.js';
import { dropJobScript } from '../history/scripts.js';

const DAY_MS = 24 * 3600 * 1000;
/** How many jobs are processed per batch. */
const BATCH = 50;
/** The longest pause after a batch, in milliseconds: after an outage of Redis the batch has taken long. */
const MAX_PAUSE_MS = 500;

/** How long finished jobs are kept: maximum days after their end, and maximum number of jobs, including unfinished ones. */
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
      const offsets = await this.offsets(chunk);
      for (let start = 0; start < offsets.length && !signal.aborted; start += BATCH) {
        const startedAt = performance.now();
        const batch = await this.candidates(chunk, offsets.slice(start, start + BATCH));
        const due = batch.filter(({ finishedAt }, index) => finishedAt < oldest || index < excess);
        const count = await this.drop(due);
        dropped += count;
        excess -= count;
        if (due.length < batch.length) return await this.finish(dropped);
        // As long as the batch: Redis has half of the time for others, and the more of it the busier it is.
        await sleep(Math.min(MAX_PAUSE_MS, performance.now() - startedAt));
      }
    }
    return await this.finish(dropped);
  }

  private async drop(candidates: readonly Candidate[]): Promise<number> {
    const { redis, keys } = this;
    const jobs = await this.read(candidates.map(({ id }) => id));
    let dropped = 0;
    for (const [index, { position, id }] of candidates.entries()) {
      const job = jobs[index] ?? null;
      if (job === null || job instanceof DamagedJobError) {
        dropped += await this.dropDamaged(id, position);
        continue;
      }
      const { submission, progress, seq } = job;
      const ofName = keys.index('stack_name', submission.stack_name);
      const indexes = [keys.index('status', progress.status), ...permanentIndexes(keys, submission)];
      const others = indexes.filter((index) => index !== ofName);
      const own = [...this.keysOf(id), keys.stackNames, ofName];
      dropped += await dropJobScript(redis, [...own, ...others], [seq, position, submission.stack_name]);
    }
    return dropped;
  }

  private async dropDamaged(id: string, position: number): Promise<number> {
    const { redis, keys } = this;
    const indexes = [keys.index('all'), ...jobStatus.options.map((status) => keys.index('status', status))];
    return await dropDamagedScript(redis, [...this.keysOf(id), ...indexes], [position, keys.submissionTable]);
  }

  private keysOf(id: string): string[] {
    const { keys } = this;
    return [keys.job(id), keys.request(id), keys.events(id), keys.size, keys.droppedJobs];
  }

  /** The offsets of the finished jobs of a chunk, in the order of their ends. */
  private async offsets(chunk: number): Promise<number[]> {
    const bitmap = new ChunkBitmap();
    const container = await this.redis.hgetBuffer(this.keys.index('all'), chunkField('finished', chunk));
    bitmap.addContainer(decodeContainer(container));
    return [...bitmap.descending()].reverse();
  }

  private async candidates(chunk: number, offsets: readonly number[]): Promise<Candidate[]> {
    const table = `${this.keys.jobTable('finished')}${chunk}`;
    const pipeline = this.redis.pipeline();
    for (const offset of offsets) {
      const start = offset * JOB_ENTRY_BYTES;
      pipeline.getrangeBuffer(table, start, start + JOB_ENTRY_BYTES - 1);
    }
    const replies = (await pipeline.exec()) ?? [];
    return offsets.flatMap((offset, index) => {
      const [error, entry] = replies[index] ?? [null];
      if (error !== null) throw error;
      if (!Buffer.isBuffer(entry) || entry.length < JOB_ENTRY_BYTES) return [];
      const position = chunk * CHUNK_SIZE + offset;
      return [{ position, id: idOf(entry.subarray(0, 16)), finishedAt: entry.readUIntBE(16, 6) }];
    });
  }

  /** The chunks of an order that have jobs, the oldest first. */
  private async chunks(order: HistoryOrder): Promise<number[]> {
    const fields = await this.redis.hkeys(this.keys.index('all'));
    const prefix = order === 'finished' ? 'f' : '';
    const own = fields.filter((field) => field.startsWith('f') === (order === 'finished'));
    return own.map((field) => Number(field.slice(prefix.length))).sort((a, b) => a - b);
  }

  /** Drops what belongs to chunks before the first one that still has jobs. */
  private async finish(dropped: number): Promise<number> {
    const { redis, keys } = this;
    const tables: Readonly<Record<HistoryOrder, readonly string[]>> = {
      submitted: [keys.jobTable('submitted')],
      finished: [keys.jobTable('finished'), keys.submissionTable],
    };
    for (const order of ['submitted', 'finished'] as const) {
      const [first = 0] = await this.chunks(order);
      for (let chunk = first - 1; chunk >= 0; chunk -= 1) {
        await redis.hdel(keys.droppedJobs, chunkField(order, chunk));
        if ((await redis.unlink(...tables[order].map((prefix) => `${prefix}${chunk}`))) === 0) break;
      }
    }
    return dropped;
  }
}
