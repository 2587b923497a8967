import { type Logger } from './logger.js';

/** How often an outage that lasts is told again, in milliseconds. */
const AGAIN_AFTER_MS = 60_000;

/** What a connection calls: at each failure, and when it stands (again). */
export interface ConnectionListener {
  readonly failed: (error: Error) => void;
  readonly ready: () => void;
}

/**
 * Tells the log of a process when its connections to Redis fail, once a minute while that lasts, and when all of them are
 * back: each is tried many times in between.
 */
export class ConnectionTrouble {
  private readonly down = new Set<string>();
  private toldAt = -Infinity;

  constructor(
    private readonly logger: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** What one of the connections calls. */
  listener(connection: string): ConnectionListener {
    return {
      failed: (error) => {
        if (this.down.size === 0 || this.now() - this.toldAt >= AGAIN_AFTER_MS) {
          this.logger.warn('Redis cannot be reached', { connection, error: error.message });
          this.toldAt = this.now();
        }
        this.down.add(connection);
      },
      ready: () => {
        if (this.down.delete(connection) && this.down.size === 0) this.logger.info('Redis is reachable again');
      },
    };
  }
}
