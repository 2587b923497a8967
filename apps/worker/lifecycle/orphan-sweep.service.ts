import { sweepOrphans } from '#senza';
import { Logger } from '#telemetry';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { tmpdir } from 'node:os';

/** Shorter than a lease: when another worker continues a job, the orphans of its former worker are removed soon. */
const INTERVAL_MS = 10_000;

/** Terminates commands and removes files of dead workers that used the same directory for temporary files. */
@Injectable()
export class OrphanSweep implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly logger: Logger) {}

  /** Sweeps once, then every ten seconds. Resolves after the first sweep. */
  async onModuleInit(): Promise<void> {
    const directories = await sweepOrphans(tmpdir());
    if (directories.length > 0) this.logger.warn('Removed orphans of dead workers', { directories });
    if (!this.stopped) this.timer = setTimeout(() => void this.onModuleInit(), INTERVAL_MS).unref();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
