import { type JobSchemaRef, canRun, type WorkerReport, WorkerRegistry } from '#jobs';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

/** How often the workers' reports are read, in milliseconds. */
const REFRESH_MS = 1_000;

/** What the workers last said about themselves; kept in memory, because every answer tells their Senza's version. */
@Injectable()
export class WorkerMonitor implements OnModuleInit, OnApplicationShutdown {
  private reports: readonly WorkerReport[] | null = null;
  private senza = 'unknown';
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly registry: WorkerRegistry) {}

  /** The version of the Senza that the workers run; the last one known, `unknown` before. */
  get senzaVersion(): string {
    return this.senza;
  }

  /** Whether some living worker runs jobs of this kind and form; null when it is not known at the moment. */
  canRun(job: JobSchemaRef): boolean | null {
    return this.reports === null ? null : this.reports.some((report) => canRun(report, job));
  }

  /** Whether any worker takes jobs now. Asks Redis. */
  async hasAvailable(): Promise<boolean> {
    await this.refresh();
    return this.reports?.some(({ draining }) => !draining) ?? false;
  }

  /** Whether a worker takes jobs now, and the Senza of every one has answered its last check. Asks Redis. */
  async allHealthy(): Promise<boolean> {
    return (
      (await this.hasAvailable()) && (this.reports?.every(({ senza_version: version }) => version !== null) ?? false)
    );
  }

  onModuleInit(): void {
    const round = (): void => {
      this.refresh()
        .catch(() => {
          this.reports = null; // Redis is away: nothing is known.
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
    const versions = this.reports.flatMap(({ senza_version: version }) => (version === null ? [] : [version]));
    this.senza = [...new Set(versions)].sort().join(', ') || this.senza;
  }
}
