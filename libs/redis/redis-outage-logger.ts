import { type Logger } from '#telemetry';

/** How often a lasting outage is logged, in milliseconds. */
const REPEAT_AFTER_MS = 60_000;

/** The callbacks of one connection. */
export interface ConnectionListener {
  readonly onError: (error: Error) => void;
  readonly onReady: () => void;
}

/**
 * Logs outages of a process's Redis connections: one warning at the start, one a minute while it lasts, and one line when all
 * connections are ready again. Each connection retries many times in between.
 */
export class RedisOutageLogger {
  private readonly down = new Set<string>();
  private loggedAt = -Infinity;

  constructor(
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The callbacks for a connection. @param connection its name in the log */
  listener(connection: string): ConnectionListener {
    return {
      onError: (error) => {
        if (this.down.size === 0 || this.now() - this.loggedAt >= REPEAT_AFTER_MS) {
          this.logger.warn('Redis is unavailable', { connection, error: error.message });
          this.loggedAt = this.now();
        }
        this.down.add(connection);
      },
      onReady: () => {
        if (this.down.delete(connection) && this.down.size === 0) this.logger.info('Redis is available again');
      },
    };
  }
}
