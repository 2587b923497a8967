import { randomUUID } from 'node:crypto';
import { type Redis } from 'ioredis';
import { abortable } from './abortable.js';
import { FlightWatch } from './flight-watch.js';
import { type Keyspace } from './keyspace.js';
import { claimScript, extendScript, failScript, markScript, publishScript } from './shared-value-scripts.js';

/** How old a shared value may be. */
export interface Freshness {
  /** How long ago the load may have STARTED, in ms. 0: not before this call. */
  readonly maxAgeMs: number;
  /** Not before this moment of Redis's clock, in ms since the epoch. */
  readonly notBefore?: number;
  /** Whether a value from before the last change will do: `notBefore` says all that matters to the one who asks. */
  readonly evenIfChanged?: boolean;
}

/** A value, and when its load started by Redis's clock, in ms since the epoch. */
export interface Shared<T> {
  readonly value: T;
  readonly startedAt: number;
}

/** How values and failures travel through Redis. `decode` and `decodeError` parse; they throw on what they do not know. */
export interface SharedCodec<T> {
  encode(value: T): string;
  decode(text: string): T;
  encodeError(error: unknown): string;
  decodeError(text: string): Error;
}

/** What a shared value needs. */
export interface SharedValueOptions<T> {
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Part of the keys, for instance `listing`. */
  readonly family: string;
  readonly codec: SharedCodec<T>;
}

/** A process that died in its load holds the others up this long at most. */
const FLIGHT_TTL_MS = 5_000;
const FLIGHT_EXTENSION_MS = 1_500;
/** The store is a short cache, not a record. */
const VALUE_TTL_MS = 60_000;
/** Longer than any value lives and any load takes. */
const MARK_TTL_MS = 600_000;
const FAILURE_TTL_MS = 10_000;

/**
 * A value that is expensive to load, loaded by one process for all of them (design: equal reads in flight are one call).
 * Who asks gets what was loaded no longer ago than it wants and after the last change; else one process loads, the others
 * wait for it and share its value or its failure. When it dies, another takes over. Failures are not kept.
 */
export class SharedValue<T> {
  private readonly latest = new Map<string, Shared<T>>();
  private readonly watch: FlightWatch;

  constructor(private readonly options: SharedValueOptions<T>) {
    this.watch = new FlightWatch(options.redis);
  }

  /**
   * @param load is called in at most one process at a time, and is not stopped by `signal`, since others wait for it too
   * @throws what `load` threw, here or in another process; the signal's reason; errors of Redis
   */
  async get(name: string, freshness: Freshness, load: () => Promise<T>, signal?: AbortSignal): Promise<Shared<T>> {
    let { maxAgeMs } = freshness;
    let floor = freshness.notBefore ?? 0;
    for (;;) {
      signal?.throwIfAborted();
      const token = randomUUID();
      const known = this.latest.get(name);
      const keys = [this.key(name, 'value'), this.key(name, 'flight'), this.key(name, 'mark')];
      const args = [
        maxAgeMs,
        floor,
        token,
        FLIGHT_TTL_MS,
        known?.startedAt ?? -1,
        freshness.evenIfChanged === true ? 1 : 0,
      ];
      const claiming = claimScript(this.options.redis, keys, args);
      const claim = await abortable(claiming, signal).catch((error: unknown) => {
        if (signal?.aborted === true) this.abandon(claiming, name, token);
        throw error;
      });
      if (claim.state === 'hit') return this.hit(name, Number(claim.subject), claim.data, known);
      if (claim.state === 'load') return await abortable(this.fly(name, token, Number(claim.subject), load), signal);
      // The age counts from the first question, or a value that may be 0 ms old would never be young enough.
      maxAgeMs = -1;
      floor = claim.floor;
      const failure = await abortable(this.landed(name, claim.subject), signal);
      if (failure !== null) throw this.options.codec.decodeError(failure);
    }
  }

  /** Ends the age of the value at once: what is given from now on was loaded after this moment. Returns that moment, in Redis's ms. */
  async markChanged(name: string): Promise<number> {
    return await markScript(this.options.redis, [this.key(name, 'mark')], [MARK_TTL_MS]);
  }

  /** Whoever gave up while he asked may have been told to load: lets go of it, so that nobody waits for him. */
  private abandon(claiming: Promise<{ state: string }>, name: string, token: string): void {
    claiming
      .then(async ({ state }) => {
        if (state === 'load') await extendScript(this.options.redis, [this.key(name, 'flight')], [token, 1]);
      })
      .catch(() => undefined);
  }

  /** Waits for another's load; takes its value into memory once, however many wait here. */
  private async landed(name: string, token: string): Promise<string | null> {
    const flight = { token, key: this.key(name, 'flight'), failureKey: this.failureKey(token) };
    return await this.watch.ended(flight, async () => {
      const [startedAt, data] = await this.options.redis.hmget(this.key(name, 'value'), 'started', 'data');
      if (typeof startedAt === 'string' && typeof data === 'string')
        this.hit(name, Number(startedAt), data, this.latest.get(name));
    });
  }

  private hit(name: string, startedAt: number, data: string, known: Shared<T> | undefined): Shared<T> {
    if (known?.startedAt === startedAt) return known;
    return this.keep(name, { value: this.options.codec.decode(data), startedAt });
  }

  private keep(name: string, shared: Shared<T>): Shared<T> {
    const latest = this.latest.get(name);
    if (latest === undefined || latest.startedAt < shared.startedAt) this.latest.set(name, shared);
    return shared;
  }

  private async fly(name: string, token: string, startedAt: number, load: () => Promise<T>): Promise<Shared<T>> {
    const { redis, codec } = this.options;
    const flight = this.key(name, 'flight');
    // A failed extension is not a failure of the load: at worst another process loads as well.
    const extension = setInterval(
      () => void extendScript(redis, [flight], [token, FLIGHT_TTL_MS]).catch(() => undefined),
      FLIGHT_EXTENSION_MS,
    );
    try {
      const value = await load();
      await publishScript(
        redis,
        [this.key(name, 'value'), flight],
        [token, startedAt, codec.encode(value), VALUE_TTL_MS],
      );
      return this.keep(name, { value, startedAt });
    } catch (error) {
      await failScript(
        redis,
        [flight, this.failureKey(token)],
        [token, codec.encodeError(error), FAILURE_TTL_MS],
      ).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(extension);
    }
  }

  private key(name: string, part: string): string {
    return this.options.keys.key(this.options.family, name, part);
  }

  private failureKey(token: string): string {
    return this.options.keys.key(this.options.family, 'failure', token);
  }
}
