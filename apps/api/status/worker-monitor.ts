import { type JobSchemaRef, canRun, JobStore, timestamp, type WorkerReport, WorkerRegistry } from '#jobs';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

/** How often the workers' reports are read, in milliseconds. */
const REFRESH_MS = 1_000;

/** Whether the worker takes jobs: it is healthy, and not about to stop. */
export function takesJobs({ draining, unhealthy }: WorkerReport): boolean {
  return !draining && unhealthy === null;
}

/** Why these workers are unhealthy; null when none is. */
function reasonsOf(reports: readonly WorkerReport[]): string | null {
  return [...new Set(reports.flatMap(({ unhealthy }) => unhealthy?.detail ?? []))].join('; ') || null;
}

/** What the workers last reported. Kept in memory, because every response carries the version of their Senza. */
@Injectable()
export class WorkerMonitor implements OnModuleInit, OnApplicationShutdown {
  private reports: readonly WorkerReport[] | null = null;
  private senza = 'unknown';
  private failedAt: string | null = null;
  /** When a healthy worker was last seen to take jobs; null before the first. */
  private lastTaking: string | null = null;
  private refused: { readonly detail: string; readonly since: string } | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: WorkerRegistry,
    private readonly store: JobStore,
  ) {}

  /** The version of the Senza that the workers run; the last known one, `unknown` before the first. */
  get senzaVersion(): string {
    return this.senza;
  }

  /** Since when Redis is unavailable or accepts no changes, as in responses; null when it works. */
  get unavailableSince(): string | null {
    return this.failedAt ?? this.refused?.since ?? null;
  }

  /** Why no worker takes stack queries, by the last known heartbeats; null when one does, and while Redis is unavailable. */
  get reasonAgainstQueries(): string | null {
    if (this.reports === null || this.reports.some(({ unhealthy }) => unhealthy === null)) return null;
    const reason = reasonsOf(this.reports);
    return reason === null ? 'no worker is alive' : `every worker is unhealthy: ${reason}`;
  }

  /** Why workers cannot read AWS, by the last known heartbeats; null when all can. */
  get awsOutage(): string | null {
    return [...new Set((this.reports ?? []).flatMap(({ aws_outage }) => aws_outage?.detail ?? []))].join('; ') || null;
  }

  /** Whether this worker is alive, by the last known heartbeats; false for null. */
  isAlive(worker: string | null): boolean {
    return this.reports?.some(({ id }) => id === worker) ?? false;
  }

  /** Whether a live, healthy worker can run such a job; null when Redis is unavailable. */
  canRun(job: JobSchemaRef): boolean | null {
    return this.reports === null ? null : this.reports.some((report) => canRun(report, job));
  }

  /** Why no worker can run such a job: the reasons of the unhealthy workers, and since when; else that there is none. */
  reasonAgainst(job: JobSchemaRef): { detail: string; since: string | null } {
    // Then workers can neither report themselves nor take jobs: that none seems to be alive is not the cause.
    if (this.refused !== null) return this.refused;
    const able = (this.reports ?? []).filter((report) => canRun({ ...report, unhealthy: null }, job));
    const reason = reasonsOf(able);
    const none =
      this.reports?.length === 0 ? 'No worker is alive' : 'No live worker can run jobs of this kind and version';
    return reason === null
      ? // Workers that take other jobs do not tell since when none takes this one.
        {
          detail: none,
          since: this.reports?.some(takesJobs) === true ? null : this.untakenSince,
        }
      : { detail: `Every worker is unhealthy: ${reason}`, since: this.untakenSince };
  }

  /**
   * Since when no healthy worker takes jobs, as far as is known: since the last one was seen, or since the last of the live
   * ones became unhealthy.
   */
  get untakenSince(): string | null {
    const unhealthy = (this.reports ?? []).flatMap((report) => report.unhealthy?.since ?? []);
    return [...unhealthy, ...(this.lastTaking === null ? [] : [this.lastTaking])].toSorted().at(-1) ?? null;
  }

  /** The live workers. Asks Redis. */
  async list(): Promise<readonly WorkerReport[]> {
    await this.refresh();
    return this.reports ?? [];
  }

  /** Whether a worker takes jobs, and all are healthy. Asks Redis. */
  async allHealthy(): Promise<boolean> {
    const reports = await this.list();
    return reports.some(({ draining }) => !draining) && reports.every(({ unhealthy }) => unhealthy === null);
  }

  onModuleInit(): void {
    const round = (): void => {
      this.refresh()
        .catch(() => {
          this.reports = null; // Redis is unavailable.
          this.failedAt ??= timestamp(Date.now());
        })
        .finally(() => {
          this.timer = this.timer === undefined ? undefined : setTimeout(round, REFRESH_MS);
        });
    };
    this.timer = setTimeout(round, 0);
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async refresh(): Promise<void> {
    this.reports = await this.registry.listAlive();
    this.failedAt = null;
    if (this.reports.some(takesJobs)) this.lastTaking = timestamp(Date.now());
    await this.noteRefusal();
    const versions = this.reports.flatMap(({ senza_version: version }) => (version === null ? [] : [version]));
    this.senza = [...new Set(versions)].sort().join(', ') || this.senza;
  }

  /** Workers that cannot write are not seen for some seconds: only then Redis is suspected and tried. */
  private async noteRefusal(): Promise<void> {
    const isSuspect = this.refused !== null || this.reports?.some(takesJobs) !== true;
    const detail = isSuspect ? await this.store.writeRefusal() : null;
    this.refused = detail === null ? null : { detail, since: this.refused?.since ?? timestamp(Date.now()) };
  }
}
