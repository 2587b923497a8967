import { type Logger, outsideOfWork } from '#telemetry';
import { isPermissionDenied, isRedisUnavailable } from './errors.js';

/** How often the same error is logged, in milliseconds. */
const REPEAT_AFTER_MS = 60_000;
/** How many errors are remembered. */
const MAX_KNOWN = 100;

/** Logs errors of BullMQ and of background calls to Redis. They are tried again several times a second: the same error is logged once a minute. */
export class QueueErrorLogger {
  private readonly loggedAt = new Map<string, number>();

  constructor(
    private readonly logger: Pick<Logger, 'debug' | 'warn' | 'error'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Logs one error, without the IDs of the request in which its connection was made. */
  readonly log = (error: unknown): void => {
    const text = String(error);
    const now = this.now();
    if (now - (this.loggedAt.get(text) ?? -Infinity) < REPEAT_AFTER_MS) return;
    if (this.loggedAt.size >= MAX_KNOWN) this.loggedAt.clear();
    this.loggedAt.set(text, now);
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
