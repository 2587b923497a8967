import { setTimeout as sleep } from 'node:timers/promises';
import { type Redis } from 'ioredis';

const POLL_MS = 25;

/** A load that some process carries out. */
export interface Flight {
  readonly token: string;
  /** Holds the token as long as the load goes on. */
  readonly key: string;
  /** Where its failure will stand, if it fails. */
  readonly failureKey: string;
}

/** Watches loads that run in other processes: one poll per load and process, however many callers wait for it. */
export class FlightWatch {
  private readonly watched = new Map<string, Promise<string | null>>();

  constructor(private readonly redis: Redis) {}

  /**
   * Resolves when the flight is no longer `token`'s: with the failure that it left, or null when it has published a value
   * or died. `landed` is called once for all who wait, before they go on.
   */
  async ended(flight: Flight, landed: () => Promise<void>): Promise<string | null> {
    const running = this.watched.get(flight.token);
    if (running !== undefined) return await running;
    const watch = this.poll(flight, landed).finally(() => this.watched.delete(flight.token));
    this.watched.set(flight.token, watch);
    return await watch;
  }

  private async poll(flight: Flight, landed: () => Promise<void>): Promise<string | null> {
    for (;;) {
      const [holder, failure] = await this.redis.mget(flight.key, flight.failureKey);
      if (holder === flight.token) {
        await sleep(POLL_MS);
        continue;
      }
      if (typeof failure === 'string') return failure;
      await landed();
      return null;
    }
  }
}
