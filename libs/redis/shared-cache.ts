import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { type Keyspace } from './keyspace.js';
import { replacingDamage } from './replacing-damage.js';
import { acquireScript, extendScript, failScript, publishScript } from './shared-cache.scripts.js';

/** How old a cached value may be. */
export interface Freshness {
  /** How long ago its load may have started, in ms. 0: not before this call. */
  readonly maxAgeMs: number;
  /** The earliest start of its load, in ms since the epoch by Redis's clock. */
  readonly minStartedAt?: number;
  /** Accept a value from before the last invalidation. */
  readonly ignoreInvalidation?: boolean;
}

/** A value, and when its load started, in ms since the epoch by Redis's clock. */
export interface CachedValue<T> {
  readonly value: T;
  readonly startedAt: number;
}

/** How values and errors are stored in Redis. `decode` and `decodeError` parse; they throw on an unknown form. */
export interface CacheCodec<T> {
  encode(value: T): string;
  decode(text: string): T;
  encodeError(error: unknown): string;
  decodeError(text: string): Error;
}

/** Dependencies of a {@link SharedCache}. */
export interface SharedCacheOptions<T> {
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Part of the keys, for instance `listing`. */
  readonly family: string;
  readonly codec: CacheCodec<T>;
  /** Called once for each `get`: answered from Redis, by a load of this process, or by the load of another caller. */
  readonly onRequest?: (result: 'hit' | 'load' | 'shared') => void;
}

/** A crashed process delays the others by this long. */
const LOCK_TTL_MS = 5_000;
const LOCK_EXTENSION_MS = 1_500;
/** Longer than any caller's `maxAgeMs`. */
const ENTRY_TTL_MS = 60_000;
const ERROR_TTL_MS = 10_000;
const POLL_MS = 25;

/** The keys of a name. */
const PARTS = ['entry', 'version', 'lock', 'error'];

/**
 * Cross-process cache with single-flight loading. `get` returns a value that is recent enough and newer than the last
 * `invalidate`; otherwise one process loads while the others wait and share the value or the error. If that process crashes,
 * another one loads. Errors are not cached.
 *
 * What Redis holds in a form that cannot be read is deleted and loaded again: it is a cache.
 *
 * `invalidate` increments the version of a name; an entry is valid only for the version that was current when its load started.
 */
export class SharedCache<T> {
  private readonly latest = new Map<string, CachedValue<T> & { readonly id: string }>();
  /** The loads of other processes that this process waits for, by load ID: one poll however many callers wait. */
  private readonly polls = new Map<string, Promise<void>>();

  constructor(private readonly options: SharedCacheOptions<T>) {}

  /**
   * @param load runs in at most one process at a time. `signal` does not abort it, because others may wait for it
   * @throws what `load` threw in this or another process; the signal's reason; Redis errors
   */
  async get(name: string, freshness: Freshness, load: () => Promise<T>, signal?: AbortSignal): Promise<CachedValue<T>> {
    signal?.throwIfAborted();
    const value = this.findOrLoad(name, freshness, load);
    return await (signal === undefined ? value : pTimeout(value, { milliseconds: Infinity, signal }));
  }

  /** Makes everything that was loaded, or started loading, before this call stale for all processes. */
  async invalidate(name: string): Promise<void> {
    await replacingDamage(this.options.redis, this.keysOf(name), () =>
      this.options.redis.incr(this.key(name, 'version')),
    );
  }

  private async findOrLoad(name: string, freshness: Freshness, load: () => Promise<T>): Promise<CachedValue<T>> {
    const { redis } = this.options;
    const keys = ['entry', 'version', 'lock'].map((part) => this.key(name, part));
    let { maxAgeMs, minStartedAt: earliest = 0 } = freshness;
    let shared = false;
    for (;;) {
      const known = this.latest.get(name);
      const anyVersion = freshness.ignoreInvalidation === true ? 1 : 0;
      const args = [maxAgeMs, earliest, randomUUID(), LOCK_TTL_MS, known?.id ?? '', anyVersion];
      const reply = await replacingDamage(redis, this.keysOf(name), () => acquireScript(redis, keys, args));
      switch (reply.state) {
        case 'hit': {
          const read = known?.id === reply.id ? known : await this.decoded(name, reply.data);
          if (read === null) continue;
          this.options.onRequest?.(shared ? 'shared' : 'hit');
          return this.remember(name, { id: reply.id, startedAt: reply.startedAt, value: read.value });
        }
        case 'load':
          this.options.onRequest?.('load');
          return await this.load(name, reply, load);
        case 'wait':
          await this.awaitLoad(name, reply.id);
          shared = true;
          // The age counts from the first request, or a value of at most 0 ms would never be young enough.
          maxAgeMs = -1;
          earliest = reply.earliest;
      }
    }
  }

  /** The value of an entry; null when it cannot be read: it is deleted then. */
  private async decoded(name: string, data: string): Promise<{ readonly value: T } | null> {
    const { redis, codec } = this.options;
    try {
      return { value: codec.decode(data) };
    } catch {
      await redis.del(...this.keysOf(name));
      return null;
    }
  }

  private async load(
    name: string,
    { id, startedAt, version }: { id: string; startedAt: number; version: string },
    load: () => Promise<T>,
  ): Promise<CachedValue<T>> {
    const { redis, codec } = this.options;
    const lock = this.key(name, 'lock');
    // If an extension fails, another process loads as well: no reason to fail this load.
    const extension = setInterval(
      () => void extendScript(redis, [lock], [id, LOCK_TTL_MS]).catch(() => undefined),
      LOCK_EXTENSION_MS,
    );
    try {
      const value = await load();
      const args = [id, startedAt, version, codec.encode(value), ENTRY_TTL_MS];
      await replacingDamage(redis, this.keysOf(name), () =>
        publishScript(redis, [this.key(name, 'entry'), lock], args),
      );
      return this.remember(name, { id, startedAt, value });
    } catch (error) {
      const args = [id, codec.encodeError(error), ERROR_TTL_MS];
      await failScript(redis, [lock, this.key(name, 'error')], args).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(extension);
    }
  }

  /** Waits until the load has ended. @throws its error */
  private async awaitLoad(name: string, id: string): Promise<void> {
    const poll = this.polls.get(id) ?? this.pollLoad(name, id).finally(() => this.polls.delete(id));
    this.polls.set(id, poll);
    await poll;
  }

  private async pollLoad(name: string, id: string): Promise<void> {
    const { redis, codec } = this.options;
    for (;;) {
      const [holder, error] = await redis.mget(this.key(name, 'lock'), this.key(name, 'error'));
      if (holder === id) {
        await sleep(POLL_MS);
        continue;
      }
      if (error?.startsWith(id) === true) throw codec.decodeError(error.slice(id.length));
      // Decode the value once for all who wait in this process.
      const [entry, startedAt, data] = await redis.hmget(this.key(name, 'entry'), 'id', 'started_at', 'data');
      if (typeof entry !== 'string' || typeof data !== 'string') return;
      const read = await this.decoded(name, data);
      if (read !== null) this.remember(name, { id: entry, startedAt: Number(startedAt), value: read.value });
      return;
    }
  }

  private remember(name: string, loaded: CachedValue<T> & { readonly id: string }): CachedValue<T> {
    const latest = this.latest.get(name);
    if (latest === undefined || latest.startedAt <= loaded.startedAt) this.latest.set(name, loaded);
    return loaded;
  }

  private keysOf(name: string): string[] {
    return PARTS.map((part) => this.key(name, part));
  }

  private key(name: string, part: string): string {
    return this.options.keys.key(this.options.family, name, part);
  }
}
