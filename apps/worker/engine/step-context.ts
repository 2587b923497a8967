import { type z } from 'zod';
import { type AwsReader, type DomainWeights, type Stack, type StackListing } from '#aws';
import { type DefinitionParser } from '#definition/parser.js';
import {
  ClaimLostError,
  type JobClaim,
  type JobProgress,
  type JobSubmission,
  type StackEventEntry,
  type StepRecord,
  type TrafficChange,
  type TrafficHistory,
  domainScope,
  type LockScope,
  versionScope,
  type WatchedJobs,
} from '#jobs';
import { type TokenBucket } from '#redis';
import { type Redaction, type RunContext, type Senza } from '#senza';
import { type HealthProbe } from '../core/worker-state.js';
import { type FairSlots } from './fair-slots.js';
import { type JobLogWriter } from './job-log-writer.js';

/** JSON that a step stores in the job's result or for later steps. */
export type JsonObject = Record<string, z.core.util.JSONType>;

/** What the steps of all jobs share. */
export interface StepServices {
  readonly senza: Senza;
  readonly definitions: DefinitionParser;
  readonly aws: AwsReader;
  readonly listing: StackListing;
  /** The budget of calls for events of stacks, by region. */
  readonly eventCalls: Pick<TokenBucket, 'tryAcquire'>;
  /** The jobs that clients follow right now. */
  readonly watched: Pick<WatchedJobs, 'has'>;
  /** The region of the worker, and why another is invalid; null when it is valid. */
  readonly regions: { readonly home: string; refusalOf(region: string): Promise<string | null> };
  /** The traffic changes of all applications. */
  readonly traffic: TrafficHistory;
  /** The health check of this worker. */
  readonly health: HealthProbe;
  /** Which jobs of which users run in this worker. */
  readonly slots: FairSlots;
  /** How often operations in progress are observed, in milliseconds. */
  readonly pollMs: number;
  /** The clock of Redis, in milliseconds since 1970. */
  readonly now: () => Promise<number>;
  /** Wakes a job that waits for a lock; see `JobQueue.wake`. Never rejects. */
  readonly wake: (id: string) => Promise<boolean>;
}

/**
 * Assumed accuracy of the clocks of Redis and AWS, in milliseconds: a stack counts as created after the journal's entry
 * when it is at most this much older.
 */
const CLOCK_TOLERANCE_MS = 5_000;

/** What a step can use: the job's stack, Senza, read access to AWS, the job's log, and data of earlier steps. */
export class StepContext<Payload> {
  readonly stack: { readonly region: string; readonly name: string; readonly version: string; readonly id: string };
  /** The weights of the application that the last observation read; not durable. */
  lastWeights: readonly DomainWeights[] | null = null;

  constructor(
    readonly payload: Payload,
    readonly services: StepServices,
    readonly record: StepRecord,
    private readonly claim: JobClaim,
    private readonly progress: JobProgress,
    private readonly writer: JobLogWriter,
    /** Aborts AWS calls and commands when the job is cancelled or its claim is lost. */
    readonly signal: AbortSignal = claim.signal,
  ) {
    const { region, stack_name: name, stack_version: version } = claim.job.submission;
    this.stack = { region, name, version, id: `${name}-${version}` };
  }

  /** The job as it was submitted. */
  get job(): JobSubmission {
    return this.claim.job.submission;
  }

  /** The same context for the work after a cancel or a failure: AWS calls and commands end after `limitMs`. */
  withTimeLimit(limitMs: number): StepContext<Payload> {
    const { payload, services, record, claim, progress, writer } = this;
    const signal = AbortSignal.timeout(limitMs);
    return new StepContext(payload, services, record, claim, progress, writer, signal);
  }

  /** Whether the last change of this step, by any worker, succeeded. */
  get hasApplied(): boolean {
    return this.record.journal.at(-1)?.succeeded === true;
  }

  /** When this step started, in milliseconds since 1970, by the clock of Redis. */
  get startedAt(): number {
    return Date.parse(this.record.started_at ?? '');
  }

  /** When the job started, in milliseconds since 1970, by the clock of Redis. */
  get jobStartedAt(): number {
    return Date.parse(this.progress.started_at ?? '');
  }

  /** Stores data for later observations or later steps; durable with the next entry of the journal. */
  remember(data: JsonObject): void {
    Object.assign(this.record.data, data);
  }

  /** Sets the step's part of the job's result before the step is done: it remains if the step fails. Durable as {@link remember}. */
  report(result: JsonObject): void {
    this.progress.result = { ...this.progress.result, [this.record.name]: result };
  }

  /** The data that an earlier step stored with {@link remember}. */
  recall(step: string): JsonObject {
    return this.progress.steps.find(({ name }) => name === step)?.data ?? {};
  }

  /** A function that masks these values, and all others of the job that are known. */
  async masking(secrets: readonly string[]): Promise<Redaction> {
    return await this.writer.secrets.prepare(secrets);
  }

  /** Writes a line of the agent's own into the job's log. */
  log(text: string): void {
    this.writer.write({ source: 'agent', step: this.record.name, text });
  }

  /**
   * Appends events of stacks to the job's events, and stores the data from which the next ones are found: both or neither,
   * so that another worker repeats none. @throws ClaimLostError
   */
  async recordStackEvents(stackEvents: readonly StackEventEntry[], data: JsonObject): Promise<void> {
    this.remember(data);
    if (stackEvents.length > 0) await this.claim.save(this.progress, { madeProgress: false, stackEvents });
  }

  /**
   * What a Senza command needs to run for this job.
   * @param secrets values that must not appear in the log, besides those of earlier commands
   * @param printsData whether standard output is data, which the step reports as a sentence
   */
  command({
    printsData = false,
    secrets = [],
    ...options
  }: { secrets?: readonly string[]; timeoutMs?: number; printsData?: boolean } = {}): RunContext {
    return {
      signal: this.signal,
      lease: this.claim.lease,
      ...this.services.slots.startCommand(this.job.requested_by, this.job.id),
      mask: this.writer.secrets.masking(secrets),
      onStart: (command) => {
        const entry = this.record.journal.at(-1);
        if (entry?.ended_at === null) entry.command = command;
      },
      onLine: (source, text) => {
        if (printsData && source === 'stdout') return;
        this.writer.write({ source, step: this.record.name, text });
      },
      ...options,
    };
  }

  /** Runs a change of stacks and invalidates everything cached about the region before and after it; a dry run changes nothing. */
  async whileChanging<T>(change: () => Promise<T>, { dry_run = false }: { dry_run?: boolean } = {}): Promise<T> {
    if (dry_run) return await change();
    await this.services.listing.invalidate(this.stack.region);
    try {
      return await change();
    } finally {
      await this.services.listing.invalidate(this.stack.region);
    }
  }

  /**
   * Whether a stack was created by this job or by one that it retries: its tag names the job, and it was created after that
   * job had journaled its create step.
   */
  owns(stack: Stack): boolean {
    const createdSince = this.progress.steps.find(({ name }) => name === 'create')?.journal.at(0)?.started_at;
    const creatingJobs = [
      ...this.job.owns,
      ...(createdSince === undefined ? [] : [{ job_id: this.job.id, since: createdSince }]),
    ];
    const creatingJob = creatingJobs.find(({ job_id }) => job_id === stack.tags['LizzyJobId']);
    return creatingJob !== undefined && stack.createdAt.getTime() >= Date.parse(creatingJob.since) - CLOCK_TOLERANCE_MS;
  }

  /** The job that supersedes this job's traffic change; null when none does. */
  async supersededBy(options: { readonly onlyRollbacks: boolean }): Promise<string | null> {
    return await this.services.traffic.supersededBy(this.stack, this.claim.job.seq, options);
  }

  /** Announces that this job, a rollback, is about to change the traffic. */
  async announceRollback(): Promise<void> {
    await this.services.traffic.announceRollback(this.stack, { id: this.job.id, seq: this.claim.job.seq });
  }

  /** Stores what this job does to the application's traffic. @throws ClaimLostError */
  async recordTraffic(
    change: Omit<TrafficChange, 'job_id' | 'seq' | 'kind' | 'requested_by' | 'stack'>,
  ): Promise<void> {
    const { id, kind, requested_by } = this.job;
    const { seq } = this.claim.job;
    const full = { ...change, job_id: id, seq, kind, requested_by, stack: this.stack.id };
    if (!(await this.services.traffic.record(this.stack, full, this.claim.fence))) throw new ClaimLostError(id);
  }

  /**
   * Takes the locks of the weights of these domains, which are held until the step is done, or returns the first one that
   * another job holds. All jobs take them in the same order, after the lock of the stack name: no two wait for each other.
   */
  async lockDomains(domains: readonly string[]): Promise<{ scope: LockScope; heldBy: string } | null> {
    for (const domain of [...new Set(domains)].toSorted()) {
      const scope = domainScope(domain);
      const heldBy = await this.claim.locks.acquire(scope, { wait: true });
      if (heldBy !== null) return { scope, heldBy };
    }
    return null;
  }

  /** Takes the lock of another version of this stack name without waiting, or returns the job that holds it. */
  async tryLockVersion(version: string): Promise<{ takenBy: string | null }> {
    return { takenBy: await this.claim.locks.acquire(versionScope({ ...this.stack, version }), { wait: false }) };
  }

  /** Releases a lock that {@link tryLockVersion} took. */
  async unlockVersion(version: string): Promise<void> {
    const next = await this.claim.locks.release(versionScope({ ...this.stack, version }));
    if (next !== null) void this.services.wake(next);
  }
}
