import { defineScript, type Redis } from '#redis';
import { z } from 'zod';
import { isWrongType } from '../redis/damaged-job.error.js';
import { type JobKeys } from '../redis/keys.js';
import { type ApplicationRef, type TrafficChange, trafficChange } from './traffic-change.js';

/** How many traffic changes of an application are kept. */
const MAX_CHANGES = 50;
/** How many rollbacks of an application are kept: the newest, which supersede what the older ones would. */
const MAX_ROLLBACKS = 50;

/**
 * Stores a job's traffic change for the claim that holds the job, replacing what the same job stored before.
 * KEYS: job, changes. ARGV: fence, job id, change, limit. Replies 0 when another claim has taken over.
 */
const recordScript = defineScript(
  'traffic-record',
  `
  if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
  local changes = redis.call('LRANGE', KEYS[2], 0, -1)
  for index, change in ipairs(changes) do
    local ok, known = pcall(cjson.decode, change)
    if ok and type(known) == 'table' and known.job_id == ARGV[2] then
      redis.call('LSET', KEYS[2], index - 1, ARGV[3])
      return 1
    end
  end
  redis.call('RPUSH', KEYS[2], ARGV[3])
  redis.call('LTRIM', KEYS[2], -tonumber(ARGV[4]), -1)
  return 1
  `,
  z.number(),
);

/**
 * The youngest rollback of an application that is still unfinished and was submitted after a job. Removes finished ones.
 * KEYS: rollbacks. ARGV: the job's place in the order of submission, the prefix of job keys.
 */
const pendingRollbackScript = defineScript(
  'traffic-pending-rollback',
  `
  local ids = redis.call('ZRANGE', KEYS[1], '+inf', '(' .. ARGV[1], 'BYSCORE', 'REV')
  for _, id in ipairs(ids) do
    local status = redis.call('HGET', ARGV[2] .. id, 'status')
    if status == 'queued' or status == 'running' then return id end
    redis.call('ZREM', KEYS[1], id)
  end
  return ''
  `,
  z.string(),
);

/**
 * The traffic changes of each application, in the order of their effect, and the rollbacks that are about to be made. The
 * lock of the stack name orders the writers; the fence of the claim keeps out a worker that has lost its job.
 */
export class TrafficHistory {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /**
   * The changes of an application, the last one first. Entries that cannot be read, such as those of a later version, are left out; there are
   * none when another program has put something else in their place.
   */
  async list(application: ApplicationRef): Promise<TrafficChange[]> {
    const stored = await this.redis.lrange(this.keys.trafficChanges(application), 0, -1).catch((error: unknown) => {
      if (!isWrongType(error)) throw error;
      return [];
    });
    return stored.reverse().flatMap((text) => {
      try {
        return [trafficChange.parse(JSON.parse(text))];
      } catch {
        return [];
      }
    });
  }

  /** Stores a job's change. @returns false when another claim holds the job: nothing was stored */
  async record(application: ApplicationRef, change: TrafficChange, fence: string): Promise<boolean> {
    const keys = [this.keys.job(change.job_id), this.keys.trafficChanges(application)];
    return (await recordScript(this.redis, keys, [fence, change.job_id, JSON.stringify(change), MAX_CHANGES])) === 1;
  }

  /** Announces a rollback: traffic changes that were submitted before it are superseded from now on. */
  async announceRollback(application: ApplicationRef, { id, seq }: { id: string; seq: number }): Promise<void> {
    const key = this.keys.rollbacks(application);
    await this.redis.zadd(key, seq, id);
    await this.redis.zremrangebyrank(key, 0, -(MAX_ROLLBACKS + 1));
  }

  /**
   * The job that supersedes a traffic change submitted at this place: the youngest change submitted later that has taken
   * effect or is in progress, or a rollback submitted later that is unfinished. Null when there is none.
   * @param onlyRollbacks whether other changes do not count
   */
  async supersededBy(
    application: ApplicationRef,
    seq: number,
    { onlyRollbacks = false }: { onlyRollbacks?: boolean } = {},
  ): Promise<string | null> {
    const later = (await this.list(application)).filter(
      (change) => change.effective && change.seq > seq && (!onlyRollbacks || change.kind === 'rollback'),
    );
    const [youngest] = later.toSorted((one, other) => other.seq - one.seq);
    if (youngest !== undefined) return youngest.job_id;
    const args = [seq, this.keys.job('')];
    const rollback = await pendingRollbackScript(this.redis, [this.keys.rollbacks(application)], args);
    return rollback === '' ? null : rollback;
  }
}
