import { type Redis } from '#redis';
import { type JobRecord } from '../model/job.js';
import { type JobKeys, type LockScope } from '../redis/keys.js';
import { acquireLockScript, releaseLockScript } from './scripts/lock.js';

/** How far before all other jobs a rollback is in the queue of a lock. */
const ROLLBACK_LEAD = 2 ** 50;

/** The claim that takes the locks: when a later one exists, nothing is changed and `onLost` throws. */
interface LockingClaim {
  readonly job: JobRecord;
  readonly fence: string;
  readonly onLost: () => never;
}

/** The locks of one claimed job. They belong to the job, not to its worker: a claim that ends keeps them. */
export class JobLocks {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    private readonly claim: LockingClaim,
  ) {}

  /**
   * Takes a lock for the job, or its place in the lock's queue; null when it is held, else the job that is before it.
   * @param wait false: no place in the queue is taken
   */
  async acquire(scope: LockScope, { wait }: { wait: boolean }): Promise<string | null> {
    const { job, fence, onLost } = this.claim;
    const { id } = job.submission;
    const [outcome, before] = await acquireLockScript(
      this.redis,
      [this.keys.job(id), this.keys.lock(scope), this.keys.lockQueue(scope), this.keys.locksOf(id)],
      [id, this.placeIn(scope), scope, fence, wait ? 1 : 0, this.keys.job('')],
    );
    if (outcome === 'lost') onLost();
    return outcome === 'held' ? null : before;
  }

  /**
   * The place in the queue of a lock is that in the order of submission. In those of names and domains rollbacks are first:
   * they supersede traffic changes that were submitted before.
   */
  private placeIn(scope: LockScope): number {
    const { submission, seq } = this.claim.job;
    return submission.kind === 'rollback' && !scope.startsWith('version:') ? seq - ROLLBACK_LEAD : seq;
  }

  /** The locks of steps that the job holds or waits for: those of its stack name and of domains. */
  async ofSteps(): Promise<LockScope[]> {
    const scopes = await this.redis.smembers(this.keys.locksOf(this.claim.job.submission.id));
    return scopes.filter((scope): scope is `name:${string}` | `domain:${string}` => /^(name|domain):/.test(scope));
  }

  /** How many jobs wait for a lock before this one, the lock's holder not counted. */
  async positionInQueue(scope: LockScope): Promise<number> {
    return (await this.redis.zrank(this.keys.lockQueue(scope), this.claim.job.submission.id)) ?? 0;
  }

  /** Frees a lock; returns the job that it wakes. */
  async release(scope: LockScope): Promise<string | null> {
    const { job, fence } = this.claim;
    const { id } = job.submission;
    const next = await releaseLockScript(
      this.redis,
      [this.keys.job(id), this.keys.lock(scope), this.keys.lockQueue(scope), this.keys.locksOf(id)],
      [id, scope, fence],
    );
    return next === '' ? null : next;
  }
}
