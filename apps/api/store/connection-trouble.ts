import { type Logger } from '#telemetry';

/** What a connection calls: at each failure, and when it stands (again). */
export interface ConnectionListener {
  readonly failed: (error: Error) => void;
  readonly ready: () => void;
}

/** Tells the log when a connection fails and when it is back, once each: it is tried many times in between. */
export function connectionTrouble(logger: Logger): ConnectionListener {
  let isDown = false;
  return {
    failed: (error) => {
      if (!isDown) logger.warn('Redis cannot be reached', { error: error.message });
      isDown = true;
    },
    ready: () => {
      if (isDown) logger.info('Redis is reachable again');
      isDown = false;
    },
  };
}
