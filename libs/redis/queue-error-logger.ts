import { LogInterval, type Logger, outsideOfWork } from '#telemetry';
import { isPermissionDenied, isRedisUnavailable } from './errors.js';

/** Logs errors of BullMQ and of background calls to Redis. They are tried again several times a second: the same error is logged once a minute. */
export class QueueErrorLogger {
  private readonly interval: LogInterval;

  constructor(
    private readonly logger: Pick<Logger, 'debug' | 'warn' | 'error'>,
    now?: () => number,
  ) {
    this.interval = new LogInterval(now);
  }

  /** Logs one error, without the IDs of the request in which its connection was made. */
  readonly log = (error: unknown): void => {
    const text = String(error);
    if (!this.interval.isDue(text)) return;
    outsideOfWork(() => {
      this.write(error, text);
    });
  };

  /** A Redis outage is a warning of the connections, see `RedisOutageLogger`, and only a debug line here. */
  private write(error: unknown, text: string): void {
    if (isPermissionDenied(error)) this.logger.error('Redis denies a command: its user lacks a permission', { error });
    else if (isRedisUnavailable(error)) this.logger.debug('Waiting for Redis', { error: text });
    else this.logger.warn('Queue error', { error });
  }
}
