import { lizzyVersion } from '#config';
import { HEARTBEAT_INTERVAL_MS, RECORD_SCHEMA_VERSION, timestamp, type WorkerRegistry } from '#jobs';
import { type Senza } from '#senza';
import { type Logger } from '#telemetry';
import { randomUUID } from 'node:crypto';

/** How often the worker sees to it that its Senza still answers, in milliseconds. */
const SENZA_CHECK_INTERVAL_MS = 5 * 60_000;
const SENZA_CHECK_LIMIT_MS = 30_000;

/** Tells everybody that this worker lives, what it can do, and whether its Senza answers. */
export class Heartbeat {
  private readonly id = randomUUID();
  private readonly startedAt = timestamp(Date.now());
  private readonly timers: NodeJS.Timeout[] = [];
  private senzaVersion: string | null = null;

  constructor(
    private readonly registry: WorkerRegistry,
    private readonly senza: Senza,
    private readonly kinds: readonly string[],
    private readonly draining: () => boolean,
    private readonly logger: Logger,
  ) {}

  /** Checks Senza, reports, and goes on doing both now and then. Resolves after the first report. */
  async start(): Promise<void> {
    await this.checkSenza();
    await this.report();
    this.timers.push(
      setInterval(() => void this.report(), HEARTBEAT_INTERVAL_MS),
      setInterval(() => void this.checkSenza(), SENZA_CHECK_INTERVAL_MS),
    );
  }

  /** Says that the worker is gone. Never rejects. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.registry.remove(this.id).catch(() => undefined);
  }

  private async report(): Promise<void> {
    await this.registry
      .report({
        id: this.id,
        version: lizzyVersion,
        senza_version: this.senzaVersion,
        kinds: [...this.kinds],
        schema: RECORD_SCHEMA_VERSION,
        started_at: this.startedAt,
        draining: this.draining(),
      })
      .catch((error: unknown) => {
        this.logger.warn('the heartbeat could not be written', { error });
      });
  }

  private async checkSenza(): Promise<void> {
    try {
      this.senzaVersion = await this.senza.version({ signal: AbortSignal.timeout(SENZA_CHECK_LIMIT_MS) });
    } catch (error) {
      // Whatever it is (no space for its directory...): a check must not take the worker down.
      this.senzaVersion = null;
      this.logger.error('Senza does not answer', { error });
    }
  }
}
