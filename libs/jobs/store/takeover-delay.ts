import { type Redis } from '#redis';

/**
 * For how long a worker does not take over claims after Redis was unavailable to it, in milliseconds: workers try to connect at least once a
 * second, and send what they could not store as soon as they are connected.
 */
const TAKEOVER_DELAY_MS = 5_000;

/**
 * After an outage of Redis leases have expired although their workers are alive. The worker that connects first would count
 * the others' jobs as crashed, and their results would be rejected: it lets them connect before it takes over anything.
 */
export class TakeoverDelay {
  /** When the connection was ready again, `performance.now()`; null while it is not. */
  private readyAt: number | null = -Infinity;

  /** @param redis the connection that claims are requested on */
  constructor(redis: Redis) {
    redis.on('close', () => {
      this.readyAt = null; // What is sent now is executed when Redis is available again.
    });
    redis.on('ready', () => {
      this.readyAt ??= performance.now();
    });
  }

  /** For how many milliseconds from now no claim that was not released may be taken over. */
  get leftMs(): number {
    if (this.readyAt === null) return TAKEOVER_DELAY_MS;
    return Math.max(0, Math.ceil(this.readyAt + TAKEOVER_DELAY_MS - performance.now()));
  }
}
