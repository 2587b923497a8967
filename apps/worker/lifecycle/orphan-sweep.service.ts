import { sweepOrphans } from '#senza';
import { type Logger } from '#telemetry';
import { tmpdir } from 'node:os';

/** Less than a lease: what a dead worker left is gone when its jobs go on elsewhere, or soon after. */
const INTERVAL_MS = 10_000;

/** Ends and removes what workers that share this one's directory for temporary files, and are dead, have left. */
export class OrphanSweep {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly logger: Logger) {}

  /** Sweeps, and goes on doing so every ten seconds. Resolves after the first time. */
  async start(): Promise<void> {
    const directories = await sweepOrphans(tmpdir());
    if (directories.length > 0) this.logger.warn('removed what dead workers had left', { directories });
    if (!this.stopped) this.timer = setTimeout(() => void this.start(), INTERVAL_MS).unref();
  }

  /** Sweeps no more. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
