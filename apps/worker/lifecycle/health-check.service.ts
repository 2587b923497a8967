import { AwsError } from '#aws';
import { WorkerConfig } from '#config';
import { type AwsOutage, JobWorker, StackQueryWorker, timestamp, type Unhealthy } from '#jobs';
import { isRedisUnavailable } from '#redis';
import { senzaVersion } from '#senza/commands/version.js';
import { Logger, outsideOfWork } from '#telemetry';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { STEP_SERVICES } from '../core/injection-tokens.js';
import { SenzaProcesses } from '../core/senza-processes.js';
import { type HealthProbe, WorkerState } from '../core/worker-state.js';
import { type StepServices } from '../engine/step-context.js';
import { settlesWithin } from './settles-within.js';

/** How often a healthy worker is checked, in milliseconds. */
const HEALTHY_INTERVAL_MS = 60_000;
/** How often an unhealthy worker, or one that cannot read AWS, is checked, in milliseconds. */
const UNHEALTHY_INTERVAL_MS = 5_000;
const SENZA_LIMIT_MS = 30_000;
const AWS_LIMIT_MS = 5_000;
const REDIS_LIMIT_MS = 1_000;
/** AWS rejects requests whose time differs by more than 5 minutes (AWS: "Signature Version 4", "RequestExpired"). */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

type Finding = Pick<Unhealthy, 'check' | 'detail'>;

/**
 * Checks that Senza runs, that AWS accepts the credentials, and that the clock is right: at the start, continually, and at once
 * when AWS rejects the credentials of a job or a job cannot reach AWS. While one of them fails the worker takes neither jobs nor stack
 * queries: other workers do. An AWS outage does not make a worker unhealthy, because jobs wait for AWS; it is reported beside that.
 */
@Injectable()
export class HealthCheck implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, HealthProbe {
  private version: string | null = null;
  private finding: Unhealthy | null = null;
  private outage: AwsOutage | null = null;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** When the last check ended, by `performance.now()`. */
  private checkedAt = 0;
  /** The check that runs, if one does. */
  private running: Promise<void> | null = null;

  constructor(
    @Inject(STEP_SERVICES) private readonly services: StepServices,
    private readonly senza: SenzaProcesses,
    private readonly config: WorkerConfig,
    private readonly jobs: JobWorker,
    private readonly stackQueries: StackQueryWorker,
    private readonly state: WorkerState,
    private readonly logger: Logger,
  ) {}

  /** The version that Senza reported at the last check; null when it did not answer. */
  get senzaVersion(): string | null {
    return this.version;
  }

  /** Why the worker takes no jobs; null when it is healthy. */
  get unhealthy(): Unhealthy | null {
    return this.finding;
  }

  /** Why AWS could not be read at the last check; null when it could. */
  get awsOutage(): AwsOutage | null {
    return this.outage;
  }

  /** The first check: its result is part of the first heartbeat. */
  async onModuleInit(): Promise<void> {
    await this.check();
  }

  /** Starts taking jobs when the worker is healthy, and checks again from now on. */
  onApplicationBootstrap(): void {
    this.apply();
    this.scheduleNext();
    this.state.health = this;
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Whether AWS rejects the credentials of this worker, by a check that is made now. */
  async credentialsRejected(): Promise<boolean> {
    // A check that already runs can be older than what the job met.
    await this.running;
    if (this.finding === null) await this.checkNow();
    return this.finding?.check === 'aws_credentials';
  }

  /** AWS can be unavailable to a job and not to the worker, for example in another region: checked as often as an unhealthy worker. */
  awsUnavailable(): void {
    const isDue = performance.now() - this.checkedAt >= UNHEALTHY_INTERVAL_MS;
    if (isDue && this.finding === null && this.outage === null) void this.checkNow();
  }

  private scheduleNext(): void {
    if (this.stopped) return;
    this.checkedAt = performance.now();
    const interval = this.finding === null && this.outage === null ? HEALTHY_INTERVAL_MS : UNHEALTHY_INTERVAL_MS;
    this.timer = setTimeout(() => void this.checkNow(), interval).unref();
  }

  /** Checks, and follows the result. One check at a time: a request during a check gets its result. */
  private async checkNow(): Promise<void> {
    clearTimeout(this.timer);
    // The check is no part of the job that asked for it.
    this.running ??= outsideOfWork(() => this.repeat()).finally(() => (this.running = null));
    await this.running;
  }

  private async repeat(): Promise<void> {
    await this.check();
    if (this.stopped) return;
    this.apply();
    this.scheduleNext();
  }

  private apply(): void {
    if (this.finding === null) {
      this.jobs.start();
      this.stackQueries.start();
      return;
    }
    for (const worker of [this.jobs, this.stackQueries]) {
      worker.pause().catch((error: unknown) => {
        this.logger.debug('Queue could not be paused', { error });
      });
    }
  }

  private async check(): Promise<void> {
    const [senza, aws, clock] = await Promise.all([this.checkSenza(), this.checkAws(), this.checkClock()]);
    const finding = senza ?? aws.finding ?? clock;
    const before = this.finding;
    // By the clock of Redis: that of the worker can be what is wrong.
    const now = await this.services.now().catch(() => Date.now());
    this.finding = finding === null ? null : { ...finding, since: before?.since ?? timestamp(now) };
    this.noteOutage(aws.outage, timestamp(now));
    if (finding !== null && finding.check !== before?.check) this.logger.error('Worker is unhealthy', { ...finding });
    if (finding === null && before !== null) this.logger.info('Worker is healthy again');
  }

  private async checkSenza(): Promise<Finding | null> {
    await this.senza.started;
    try {
      this.version = await this.services.senza.run(senzaVersion, {}, { signal: AbortSignal.timeout(SENZA_LIMIT_MS) });
      return null;
    } catch (error) {
      // Any error, also no space for the command's directory: a check must not end the worker.
      this.version = null;
      return {
        check: 'senza',
        detail: `Senza does not answer: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }

  private async checkAws(): Promise<{ finding: Finding | null; outage: string | null }> {
    const startedAt = performance.now();
    try {
      await this.services.aws.listStacks(this.config.region, AbortSignal.timeout(AWS_LIMIT_MS));
      return { finding: null, outage: null };
    } catch (error) {
      if (!(error instanceof AwsError)) {
        // Redis has the budget of requests: when it was not there, nothing new is known of AWS.
        const isLate = performance.now() - startedAt > AWS_LIMIT_MS + REDIS_LIMIT_MS;
        if (isLate || isRedisUnavailable(error) || !(await settlesWithin(this.services.now(), REDIS_LIMIT_MS)))
          return { finding: null, outage: this.outage?.detail ?? null };
        return { finding: null, outage: `AWS has not answered within ${AWS_LIMIT_MS / 1000} seconds` };
      }
      const { code, message } = error;
      if (code === 'no_credentials') return { finding: { check: 'aws_credentials', detail: message }, outage: null };
      // AWS that throttles can be reached.
      return { finding: null, outage: code === 'throttled' ? null : message };
    }
  }

  private noteOutage(detail: string | null, now: string): void {
    const before = this.outage;
    this.outage = detail === null ? null : { detail, since: before?.since ?? now };
    const { region } = this.config;
    if (detail !== null && before === null) {
      this.logger.warn('AWS cannot be read; jobs wait until it can', { region, detail });
    }
    if (detail === null && before !== null) this.logger.info('AWS can be read again', { region });
  }

  private async checkClock(): Promise<Finding | null> {
    // This clock is read after the reply, which may have waited for Redis.
    const ofRedis = await this.services.now().catch(() => null);
    const offsetMs = ofRedis === null ? 0 : Date.now() - ofRedis;
    if (Math.abs(offsetMs) <= CLOCK_TOLERANCE_MS) return null;
    const seconds = Math.round(offsetMs / 1000);
    return { check: 'clock', detail: `The clock of this worker differs from the clock of Redis by ${seconds} seconds` };
  }
}
