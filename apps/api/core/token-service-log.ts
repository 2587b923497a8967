import { LogInterval, type Logger } from '#telemetry';

/**
 * Logs outages of the token service: one warning a minute at most, however many requests fail, and one line when it answers again
 * after a warning. A service that fails for some tokens only would otherwise let their senders fill the log.
 */
export class TokenServiceLog {
  private isDown = false;
  private readonly interval: LogInterval;

  constructor(
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
    now?: () => number,
  ) {
    this.interval = new LogInterval(now);
  }

  /** @param reason what was wrong with its response, or the code of the connection's error */
  failed(reason: string | null): void {
    if (!this.interval.isDue()) return;
    this.isDown = true;
    this.logger.warn('Token service is unavailable', { reason });
  }

  answered(): void {
    if (!this.isDown) return;
    this.isDown = false;
    this.logger.info('Token service is available again');
  }
}
