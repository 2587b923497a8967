import { isPermissionDenied, isRedisUnavailable } from '#redis';
import { Logger } from '#telemetry';
import { Injectable } from '@nestjs/common';

/** Logs errors of BullMQ and of background calls to Redis. */
@Injectable()
export class QueueErrorLogger {
  constructor(private readonly logger: Logger) {}

  /** Logs one error. A Redis outage is a warning of the connections, logged once there, and only a debug line here. */
  readonly log = (error: unknown): void => {
    if (isPermissionDenied(error)) this.logger.error('Redis denies a command: its user lacks a permission', { error });
    else if (isRedisUnavailable(error)) this.logger.debug('Waiting for Redis', { error: String(error) });
    else this.logger.warn('Queue error', { error });
  };
}
