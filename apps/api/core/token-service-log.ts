import { type Logger } from '#telemetry';

/** How often a lasting or returning outage is logged, in milliseconds. */
const REPEAT_AFTER_MS = 60_000;

/**
 * Logs outages of the token service: one warning a minute at most, however many requests fail, and one line when it answers again
 * after a warning. A service that fails for some tokens only would otherwise let their senders fill the log.
 */
export class TokenServiceLog {
  private isDown = false;
  private loggedAt = -Infinity;

  constructor(
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param reason what was wrong with its response, or the code of the connection's error */
  failed(reason: string | null): void {
    if (this.now() - this.loggedAt < REPEAT_AFTER_MS) return;
    this.isDown = true;
    this.loggedAt = this.now();
    this.logger.warn('Token service is unavailable', { reason });
  }

  answered(): void {
    if (!this.isDown) return;
    this.isDown = false;
    this.logger.info('Token service is available again');
  }
}
