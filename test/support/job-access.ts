import {
  JobClaim,
  JobEvents,
  type JobKeys,
  type JobKind,
  jobKeys,
  JobQueue,
  type JobRecord,
  JobStore,
  waitUntilFinished,
} from '#jobs';
import { closeRedis, connectRedis, type Redis } from '#redis';
import pTimeout from 'p-timeout';
import { until, WAIT_LIMIT_MILLISECONDS } from '../../local/services/index.js';
import { newJob, type Wanted } from './new-job.js';

const CLOSE_LIMIT_MS = 1_000;
/** What is left of a lease that has just been renewed: it is valid for 15 s, and renewed every 4 s. */
const FRESH_LEASE_MS = 14_000;
const PREFIX = 'lizzy';

/** This process in the place of an API: submits jobs to a Redis and observes them. */
export class JobAccess {
  readonly redis: Redis;
  readonly keys: JobKeys = jobKeys(PREFIX);
  readonly store: JobStore;
  readonly queue: JobQueue;
  private readonly events: JobEvents;
  private readonly connections: readonly Redis[];

  constructor(url: string) {
    const open = (role: 'worker' | 'subscriber'): Redis =>
      connectRedis({ url, role, clientName: 'test', onError: () => undefined });
    const [redis, forQueue, subscriber] = [open('worker'), open('worker'), open('subscriber')];
    this.redis = redis;
    this.store = new JobStore(redis, this.keys);
    this.queue = new JobQueue(forQueue, PREFIX, () => undefined);
    this.events = new JobEvents(subscriber, this.keys);
    this.connections = [redis, forQueue, subscriber];
  }

  /** Submits a job as the API would; returns its ID. */
  async submit(kind: JobKind, payload: Readonly<Record<string, unknown>>, wanted: Wanted): Promise<string> {
    const { id } = await this.store.submit(newJob(kind, payload, wanted));
    if (wanted.enqueued !== false) await this.queue.add(id);
    return id;
  }

  /** Submits a deployment of a definition. */
  async deploy(
    definition: string,
    version: string,
    more: Readonly<Record<string, unknown>> = {},
    wanted: Partial<Wanted> = {},
  ): Promise<string> {
    const stack = /StackName: (\S+)/.exec(definition)?.[1] ?? '';
    const payload = { senza_yaml: definition, stack_version: version, ...more };
    return await this.submit('deploy', payload, { stack, version, ...wanted });
  }

  /** Claims a job as a worker does. */
  async claim(id: string): Promise<JobClaim> {
    const read = (each: string): Promise<JobRecord | null> => this.store.get(each);
    const answer = await JobClaim.acquire(this.redis, this.keys, { id, worker: 'test', read });
    if (!('claim' in answer)) throw new Error(`the job ${id} cannot be claimed: ${JSON.stringify(answer)}`);
    return answer.claim;
  }

  /** The current job. */
  async job(id: string): Promise<JobRecord> {
    const job = await this.store.get(id);
    if (job === null) throw new Error(`there is no job ${id}`);
    return job;
  }

  /** The job when it has finished; fails when that takes too long. */
  async ended(id: string): Promise<JobRecord> {
    const job = await waitUntilFinished(this.store, this.events, {
      id,
      timeoutMs: WAIT_LIMIT_MILLISECONDS,
      signal: new AbortController().signal,
    });
    const finished = job?.progress.finished_at ?? null;
    if (job === null || finished === null) {
      throw new Error(`the job ${id} has not finished: ${JSON.stringify(job?.progress, null, 1)}`);
    }
    return job;
  }

  /** The job as soon as the condition holds; fails when that takes too long. */
  async when(id: string, what: string, isSo: (job: JobRecord) => boolean): Promise<JobRecord> {
    await until(what, async () => isSo(await this.job(id)));
    return await this.job(id);
  }

  /** The job as soon as this step runs. */
  async inStep(id: string, step: string): Promise<JobRecord> {
    return await this.when(id, `step ${step} to run`, (job) => this.step(job, step)?.status === 'running');
  }

  /** The job as soon as a command of this step has started. */
  async acting(id: string, step: string, times = 1): Promise<JobRecord> {
    const hasStarted = (job: JobRecord): boolean => (this.step(job, step)?.journal.length ?? 0) >= times;
    return await this.when(id, `command ${times} of step ${step}`, hasStarted);
  }

  /** A job's step. */
  step(job: JobRecord, name: string): JobRecord['progress']['steps'][number] | undefined {
    return job.progress.steps.find((step) => step.name === name);
  }

  /** Cancels a job as the API would. */
  async cancel(id: string, deleteStack = false): Promise<string> {
    const { outcome, woken } = await this.store.cancel(id, { requestedBy: 'canceller', deleteStack });
    await Promise.all(woken.map((each) => this.queue.wake(each)));
    return outcome;
  }

  /** The lines of a job's log, without their origin. */
  async log(id: string): Promise<string[]> {
    return (await this.store.log({ id, after: 0, limit: 1000 })).lines.map(({ text }) => text);
  }

  /** Resolves when the lease of a job has just been renewed. */
  async leaseRenewed(id: string): Promise<void> {
    const isFresh = async (): Promise<boolean> => (await this.redis.pttl(this.keys.lease(id))) > FRESH_LEASE_MS;
    await until('a renewal of the lease', isFresh);
  }

  /** Keys that only unfinished jobs may have. */
  async leakedKeys(): Promise<string[]> {
    const keys = await this.redis.keys(`{${PREFIX}}:*`);
    return keys.filter((key) => /:(lock|lock-queue|locks-of|lease):|:unfinished$/.test(key));
  }

  /** Subscribes to the events of jobs, for `ended`. */
  protected async connect(): Promise<void> {
    await this.events.start();
  }

  protected async disconnect(): Promise<void> {
    await Promise.all(this.connections.map(closeRedis));
    // BullMQ waits for its connection while Redis is unavailable.
    const closed = this.queue.close().catch(() => undefined);
    await pTimeout(closed, { milliseconds: CLOSE_LIMIT_MS, message: false });
  }
}
