import { versionSchema } from '#formats';
import { keyspace, type Redis, refusalOf, replacingDamage } from '#redis';
import { z } from 'zod';
import { type JobSchemaRef } from '../model/job.js';
import { redisNow } from '../redis/clock.js';

/** How often a worker reports that it is alive, in milliseconds. */
export const HEARTBEAT_INTERVAL_MS = 3_000;
/** A worker without a heartbeat for this long, in milliseconds, is considered dead. */
export const HEARTBEAT_TIMEOUT_MS = 10_000;

/** Why a worker takes no jobs, and since when (UTC). */
const unhealthy = z.object({
  check: z.enum(['senza', 'aws_credentials', 'clock']),
  detail: z.string(),
  since: z.string(),
});
export type Unhealthy = z.infer<typeof unhealthy>;

/** Why a worker cannot read AWS, and since when (UTC). */
const awsOutage = z.object({ detail: z.string(), since: z.string() });
export type AwsOutage = z.infer<typeof awsOutage>;

/** What a worker reports about itself. `senza_version` is null when Senza did not answer its last check. */
export const workerReport = z.object({
  id: z.string(),
  version: z.string(),
  senza_version: versionSchema.nullable(),
  host: z.string().default(''),
  pid: z.number().int().default(0),
  /** The IDs of the jobs that it is processing. */
  running: z.array(z.string()).default([]),
  /** Null: healthy. An unhealthy worker takes no jobs. */
  unhealthy: unhealthy.nullable().default(null),
  /** Null: AWS answers. During an outage the worker takes jobs, which wait for AWS. */
  aws_outage: awsOutage.nullable().default(null),
  /** Plain strings: a later version can know kinds that this one does not. */
  kinds: z.array(z.string()),
  /** The latest version of stored jobs that it understands (`RECORD_SCHEMA_VERSION`). */
  schema: z.number().int().default(1),
  started_at: z.string(),
  draining: z.boolean(),
});
export type WorkerReport = z.infer<typeof workerReport>;

/** Whether the worker can continue such a job: it is healthy, not draining, and knows the job's kind and schema. */
export function canRun({ kinds, schema, draining, unhealthy: reason }: WorkerReport, job: JobSchemaRef): boolean {
  return !draining && reason === null && kinds.includes(job.kind) && schema >= job.schema;
}

/** The live workers, as they report themselves every {@link HEARTBEAT_INTERVAL_MS}. */
export class WorkerRegistry {
  private readonly key: string;

  constructor(
    private readonly redis: Redis,
    prefix: string,
  ) {
    this.key = keyspace(prefix).key('workers');
  }

  /** Records that this worker is alive. */
  async report(report: z.input<typeof workerReport>): Promise<void> {
    const seen = await redisNow(this.redis);
    const text = JSON.stringify({ seen, report });
    await replacingDamage(this.redis, [this.key], () => this.redis.hset(this.key, report.id, text));
  }

  /** Removes this worker. */
  async remove(id: string): Promise<void> {
    await this.redis.hdel(this.key, id);
  }

  /** The workers that have reported within `HEARTBEAT_TIMEOUT_MS`; others are removed. */
  async listAlive(): Promise<WorkerReport[]> {
    const [now, all] = await Promise.all([
      redisNow(this.redis),
      replacingDamage(this.redis, [this.key], () => this.redis.hgetall(this.key)),
    ]);
    const entries = Object.entries(all).map(([id, text]) => ({ id, read: readEntry(text) }));
    // Unreadable entries are removed as well: a live worker reports again within seconds.
    const gone = entries.filter(({ read }) => read === null || now - read.seen > HEARTBEAT_TIMEOUT_MS);
    if (gone.length > 0) await this.removeAll(gone.map(({ id }) => id));
    return entries.flatMap(({ id, read }) =>
      read === null || gone.some((each) => each.id === id) ? [] : [read.report],
    );
  }

  /** A Redis that accepts no changes can be read all the same. */
  private async removeAll(ids: readonly string[]): Promise<void> {
    await this.redis.hdel(this.key, ...ids).catch((error: unknown) => {
      if (refusalOf(error) === null) throw error;
    });
  }
}

const entry = z.object({ seen: z.number(), report: workerReport });

function readEntry(text: string): z.output<typeof entry> | null {
  try {
    return entry.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
