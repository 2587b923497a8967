import { randomUUID } from 'node:crypto';
import { startValkey, type Valkey } from '../../../local/services/valkey.js';
import { closeRedis, connectRedis, type Redis, type RedisRole } from '#redis';
import { JobClaim, type JobKeys, type JobKind, jobKeys, JobStore, type NewJob, type Submitted } from '../index.js';
import { type ClaimAnswer } from './job-claim.js';

/** What a spec says about a job that it submits; all else is the same for all. */
export interface SpecJob {
  readonly kind?: JobKind;
  readonly request?: unknown;
  readonly stack?: string;
  readonly version?: string;
  readonly fingerprint?: string;
  readonly refuseDuplicate?: boolean;
  readonly idempotency?: NewJob['idempotency'];
  readonly requestedBy?: string;
  readonly commit?: string;
  /** The store that takes it. */
  readonly store?: JobStore;
}

/** A store on a real Valkey, under a prefix of its own. */
export class StoreFixture {
  readonly prefix = `spec-${randomUUID()}`;
  readonly keys: JobKeys = jobKeys(this.prefix);
  readonly store: JobStore;
  private readonly opened: Redis[] = [];
  private readonly claims: JobClaim[] = [];
  readonly redis: Redis;

  private constructor(readonly valkey: Valkey) {
    this.redis = this.connect();
    this.store = new JobStore(this.redis, this.keys);
  }

  /** Starts a Valkey; ends with `stop`. */
  static async start(): Promise<StoreFixture> {
    return new StoreFixture(await startValkey());
  }

  /** One more connection, closed at the end. */
  connect(role: RedisRole = 'worker', url = this.valkey.url): Redis {
    const redis = connectRedis({ url, role, clientName: 'spec', onError: () => undefined });
    this.opened.push(redis);
    return redis;
  }

  /** Submits a deployment; returns what the store returns. */
  async submit(job: SpecJob = {}): Promise<Submitted> {
    const store = job.store ?? this.store;
    return await store.submit({
      description: {
        kind: job.kind ?? 'deploy',
        stack_name: job.stack ?? 'hello',
        stack_version: job.version ?? 'v1',
        region: 'eu-west-1',
        dry_run: false,
        requested_by: job.requestedBy ?? 'tester',
        request_id: randomUUID(),
        retry_of: null,
        owns: [],
        source: job.commit === undefined ? null : { commit: job.commit, url: null, actor: null, message: null },
        secret_parameters: [],
      },
      request: job.request ?? { anything: true },
      fingerprint: job.fingerprint ?? randomUUID(),
      refuseDuplicate: job.refuseDuplicate ?? false,
      idempotency: job.idempotency ?? null,
    });
  }

  /** Claims a job, as a worker would; fails when the store refuses. @param redis the connection of the claim */
  async claim(id: string, redis = this.redis): Promise<JobClaim> {
    const answer = await this.tryToClaim(id, 0, redis);
    if (!('claim' in answer)) throw new Error(`the job ${id} was not claimed: ${JSON.stringify(answer)}`);
    return answer.claim;
  }

  /** Asks for the claim on a job; returns the store's answer. A claim is renewed until it is stopped, at the latest at the end. */
  async tryToClaim(id: string, noTakeoverMs = 0, redis = this.redis): Promise<ClaimAnswer> {
    const answer = await JobClaim.acquire(redis, this.keys, {
      id,
      worker: 'test',
      noTakeoverMs,
      read: (wanted) => this.store.get(wanted),
    });
    if ('claim' in answer) this.claims.push(answer.claim);
    return answer;
  }

  /** Ends a claim as a crash of its worker would, with its lease expired. */
  async crash(claim: JobClaim): Promise<void> {
    claim.stop();
    await this.redis.del(this.keys.lease(claim.job.submission.id));
  }

  /** Keys that only unfinished jobs may have. */
  async leakedKeys(): Promise<string[]> {
    const keys = await this.redis.keys(`${this.keys.base}*`);
    return keys.filter((key) => /:(lock|lock-queue|locks-of|lease):|:unfinished$/.test(key));
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    for (const claim of this.claims) claim.stop();
    await Promise.all(this.opened.map(closeRedis));
    await this.valkey.stop();
  }
}
