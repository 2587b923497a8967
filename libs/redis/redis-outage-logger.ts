import { LogInterval, type Logger } from '#telemetry';

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
  private readonly interval: LogInterval;

  constructor(
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
    now?: () => number,
  ) {
    this.interval = new LogInterval(now);
  }

  /** The callbacks for a connection. @param connection its name in the log */
  listener(connection: string): ConnectionListener {
    return {
      onError: (error) => {
        if (this.down.size === 0) this.interval.reset();
        this.down.add(connection);
        if (this.interval.isDue()) this.logger.warn('Redis is unavailable', { connection, error: error.message });
      },
      onReady: () => {
        if (this.down.delete(connection) && this.down.size === 0) this.logger.info('Redis is available again');
      },
    };
  }
}
