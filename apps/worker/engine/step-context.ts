import { type z } from 'zod';
import { type AwsReader, type Stack, type StackListing } from '#aws';
import {
  ClaimLostError,
  type JobClaim,
  type JobProgress,
  type JobSubmission,
  type StepRecord,
  type TrafficChange,
  type TrafficHistory,
  versionScope,
} from '#jobs';
import { type RunContext, type Senza } from '#senza';
import { type JobLogWriter } from './job-log-writer.js';

/** JSON that a step leaves behind, in the job's result or for the steps after it. */
export type JsonObject = Record<string, z.core.util.JSONType>;

/** What the steps of all jobs share. */
export interface StepServices {
  readonly senza: Senza;
  readonly aws: AwsReader;
  readonly listing: StackListing;
  /** Says why there can be no stack in a region; null when there can. */
  readonly regions: { refusalOf(region: string): Promise<string | null> };
  /** The traffic changes of all applications. */
  readonly traffic: TrafficHistory;
  /** How often what takes its time in AWS is looked at, in milliseconds. */
  readonly pollMs: number;
  /** What the shared clock says, in milliseconds since 1970. */
  readonly now: () => Promise<number>;
}

/**
 * How exactly the clocks of Redis and AWS are taken to agree, in milliseconds: a stack counts as created after the
 * journal's entry when it is at most this much older.
 */
const CLOCK_TOLERANCE_MS = 5_000;

/** What a step may touch: the job's stack, Senza, looks at AWS, the job's log, and what earlier steps have left. */
export class StepContext<Payload> {
  readonly stack: { readonly region: string; readonly name: string; readonly version: string; readonly id: string };

  constructor(
    readonly payload: Payload,
    readonly services: StepServices,
    readonly record: StepRecord,
    private readonly claim: JobClaim,
    private readonly progress: JobProgress,
    private readonly writer: JobLogWriter,
    /** Ends looks and commands when the job shall end, or is not this worker's any more. */
    readonly signal: AbortSignal = claim.signal,
  ) {
    const { region, stack_name: name, stack_version: version } = claim.job.submission;
    this.stack = { region, name, version, id: `${name}-${version}` };
  }

  /** What is known of the job since its submission. */
  get job(): JobSubmission {
    return this.claim.job.submission;
  }

  /** The same for what is left to be done after the job was told to end: looks and commands are bounded by time. */
  withTimeLimit(limitMs: number): StepContext<Payload> {
    const { payload, services, record, claim, progress, writer } = this;
    return new StepContext(payload, services, record, claim, progress, writer, AbortSignal.timeout(limitMs));
  }

  /** Whether the last act of this step, by whatever worker, ended well. */
  get hasApplied(): boolean {
    return this.record.journal.at(-1)?.succeeded === true;
  }

  /** When this step began, in milliseconds of the shared clock. */
  get startedAt(): number {
    return Date.parse(this.record.started_at ?? '');
  }

  /** Keeps something for this step's later looks, or for later steps; durable with the next entry of the journal. */
  remember(data: JsonObject): void {
    Object.assign(this.record.data, data);
  }

  /** What an earlier step has remembered. */
  recall(step: string): JsonObject {
    return this.progress.steps.find(({ name }) => name === step)?.data ?? {};
  }

  /** Writes a line of the agent's own into the job's log. */
  log(text: string): void {
    this.writer.write({ source: 'agent', step: this.record.name, text });
  }

  /** What a Senza command needs to run for this job. @param secrets values that must not appear in the log */
  command(options: { secrets?: readonly string[]; timeoutMs?: number } = {}): RunContext {
    return {
      signal: this.signal,
      lease: this.claim.lease,
      onLine: (source, text) => {
        this.writer.write({ source, step: this.record.name, text });
      },
      ...options,
    };
  }

  /** Runs something that changes stacks: what was read of the region before or meanwhile is not believed any more. */
  async whileChanging<T>(change: () => Promise<T>): Promise<T> {
    await this.services.listing.invalidate(this.stack.region);
    try {
      return await change();
    } finally {
      await this.services.listing.invalidate(this.stack.region);
    }
  }

  /**
   * Whether a stack was made by this job, or by one that it retries: its tag says so, and it was created after that
   * job had written down that it would.
   */
  owns(stack: Stack): boolean {
    const begun = this.progress.steps.find(({ name }) => name === 'create')?.journal.at(0)?.started_at;
    const makers = [...this.job.owns, ...(begun === undefined ? [] : [{ job_id: this.job.id, since: begun }])];
    const maker = makers.find(({ job_id }) => job_id === stack.tags['LizzyJobId']);
    return maker !== undefined && stack.createdAt.getTime() >= Date.parse(maker.since) - CLOCK_TOLERANCE_MS;
  }

  /** The job that supersedes this job's traffic change; null when none does. */
  async supersededBy(): Promise<string | null> {
    return await this.services.traffic.supersededBy(this.stack, this.claim.job.seq);
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

  /** Takes the lock of another version of this stack name for the rest of the step; or says which job has it. */
  async tryLockVersion(version: string): Promise<{ takenBy: string | null }> {
    return { takenBy: await this.claim.acquire(versionScope({ ...this.stack, version }), { wait: false }) };
  }

  /** Frees what `tryVersion` has taken. */
  async unlockVersion(version: string): Promise<void> {
    await this.claim.release(versionScope({ ...this.stack, version }));
  }
}
