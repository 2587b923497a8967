import { keyspace, type Redis } from '#redis';
import { z } from 'zod';
import { type JobSchemaRef } from '../model/job.js';
import { redisNow } from '../store/clock.js';

/** How often a worker says that it lives, in milliseconds. */
export const HEARTBEAT_INTERVAL_MS = 3_000;
/** After this many milliseconds of silence a worker counts as gone. */
export const HEARTBEAT_TIMEOUT_MS = 10_000;

/** What a worker tells about itself. `senza_version` is null when its Senza did not answer its last check. */
export const workerReport = z.object({
  id: z.string(),
  version: z.string(),
  senza_version: z.string().nullable(),
  /** Plain strings: a younger worker may know kinds that we do not. */
  kinds: z.array(z.string()),
  /** The latest stored form of jobs that it understands (`RECORD_SCHEMA_VERSION`); the first workers did not tell. */
  schema: z.number().int().default(1),
  started_at: z.string(),
  draining: z.boolean(),
});
export type WorkerReport = z.infer<typeof workerReport>;

/** Whether the worker goes on with such a job: it knows its kind and its form, and is not about to stop. */
export function canRun({ kinds, schema, draining }: WorkerReport, job: JobSchemaRef): boolean {
  return !draining && kinds.includes(job.kind) && schema >= job.schema;
}

/** Who works at the moment, as the workers themselves report it now and then. */
export class WorkerRegistry {
  private readonly key: string;

  constructor(
    private readonly redis: Redis,
    prefix: string,
  ) {
    this.key = keyspace(prefix).key('workers');
  }

  /** Says that this worker lives. */
  async report(report: z.input<typeof workerReport>): Promise<void> {
    const seen = await redisNow(this.redis);
    await this.redis.hset(this.key, report.id, JSON.stringify({ seen, report }));
  }

  /** Says that this worker is gone. */
  async remove(id: string): Promise<void> {
    await this.redis.hdel(this.key, id);
  }

  /** The workers that have reported within `HEARTBEAT_TIMEOUT_MS`; those that have not are forgotten. */
  async listAlive(): Promise<WorkerReport[]> {
    const [now, all] = await Promise.all([redisNow(this.redis), this.redis.hgetall(this.key)]);
    const entries = Object.entries(all).map(([id, text]) => ({ id, ...entry.parse(JSON.parse(text)) }));
    const gone = entries.filter(({ seen }) => now - seen > HEARTBEAT_TIMEOUT_MS);
    if (gone.length > 0) await this.redis.hdel(this.key, ...gone.map(({ id }) => id));
    return entries.filter((each) => !gone.includes(each)).map(({ report }) => report);
  }
}

const entry = z.object({ seen: z.number(), report: workerReport });
