import { LogInterval, type Logger, outsideOfWork } from '#telemetry';
import { isNativeError } from 'node:util/types';
import { isPermissionDenied, isRedisUnavailable } from './errors.js';

/**
 * What BullMQ says when its own lock of a job has expired, or another worker has it. The lease of the job
 * decides who runs it, so nothing is lost.
 */
const LOST_DELIVERY =
  /^(?:could not renew lock for|Missing (?:lock|key) for|Lock mismatch for) job (?<id>[\w-]{1,64})\b|^Job (?<other>[\w-]{1,64}) is not in the /;

/** Logs errors of BullMQ and of background calls to Redis. They are tried again several times a second: the same error is logged once a minute. */
export class QueueErrorLogger {
  private readonly interval: LogInterval;

  constructor(
    private readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>,
    now?: () => number,
  ) {
    this.interval = new LogInterval(now);
  }

  /** Logs one error, without the IDs of the request in which its connection was made. */
  readonly log = (error: unknown): void => {
    const lost = isNativeError(error) ? LOST_DELIVERY.exec(error.message)?.groups : undefined;
    const job = lost?.['id'] ?? lost?.['other'];
    const text = String(error);
    if (!this.interval.isDue(job === undefined ? text : `lost ${job}`)) return;
    outsideOfWork(() => {
      if (job === undefined) this.write(error, text);
      else
        this.logger.info(
          'The queue delivers a job again: its lock expired while Redis or this process did not respond',
          { job_id: job, reason: text },
        );
    });
  };

  /** A Redis outage is a warning of the connections, see `RedisOutageLogger`, and only a debug line here. */
  private write(error: unknown, text: string): void {
    if (isPermissionDenied(error)) this.logger.error('Redis denies a command: its user lacks a permission', { error });
    else if (isRedisUnavailable(error)) this.logger.debug('Waiting for Redis', { error: text });
    else this.logger.warn('Queue error', { error });
  }
}
