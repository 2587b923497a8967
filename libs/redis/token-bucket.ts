import { setTimeout as sleep } from 'node:timers/promises';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { type Keyspace } from './keyspace.js';
import { replacingDamage } from './replacing-damage.js';
import { defineScript, type RedisScript } from './script.js';

/** How fast a bucket fills. */
export interface Rate {
  /** Calls per second in the long run. */
  readonly perSecond: number;
  /** How many calls may come at once after a pause. */
  readonly burst: number;
}

/** What a token bucket needs. */
export interface TokenBucketOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Part of the keys, for instance `budget`. */
  readonly family: string;
  /** The rate of each scope that has not one of its own. */
  readonly rate: Rate;
  readonly rates?: Readonly<Record<string, Rate>>;
}

/** Each penalty halves the rate, down to an eighth, until so long after the last one. */
const SLOW_DOWN_MS = 30_000;
/** Requests that were throttled together are one penalty. */
const PENALTY_PAUSE_MS = 1_000;
const SMALLEST_FACTOR = 0.125;
const IDLE_TTL_MS = 600_000;

/**
 * Lua function that reads a bucket: its rate per ms, and its tokens now. Another program can have written what no call causes: a debt of
 * more than what the bucket is kept for, a time to come, not a number. It must not stop the calls of all jobs: the bucket is full then.
 */
const BUCKET_FUNCTION = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000

local function read_bucket(full_rate, burst)
  local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'factor', 'slow_until')
  local tokens, at = tonumber(bucket[1] or burst), tonumber(bucket[2] or now)
  local factor, slow_until = tonumber(bucket[3] or 1), tonumber(bucket[4] or 0)
  local is_slow = now < slow_until and slow_until <= now + ${String(SLOW_DOWN_MS)}
  local rate = full_rate
  if is_slow and factor >= ${String(SMALLEST_FACTOR)} and factor <= 1 then rate = full_rate * factor end
  local is_possible = at <= now and tokens >= -full_rate * ${String(IDLE_TTL_MS)}
  return rate, is_possible and math.min(burst, tokens + (now - at) * rate) or burst
end

local function write_bucket(tokens)
  redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.3f', now))
  redis.call('PEXPIRE', KEYS[1], ${String(IDLE_TTL_MS)})
end
`;

/**
 * KEYS: bucket. ARGV: calls (negative: returned), rate per ms, burst. Takes at once, into debt where need be, and
 * returns how many ms to wait until the debt is paid, so callers are served in order and need no second call.
 */
const takeScript = defineScript(
  'token-bucket-take',
  `${BUCKET_FUNCTION}
local burst = tonumber(ARGV[3])
local rate, tokens = read_bucket(tonumber(ARGV[2]), burst)
tokens = math.min(burst, tokens - tonumber(ARGV[1]))
write_bucket(tokens)
return math.ceil(math.max(0, -tokens) / rate)`,
  z.number(),
);

/**
 * KEYS: bucket. ARGV: calls, rate per ms, burst, how many calls must be left for others. Takes only what is there now.
 * Reply: 1, or 0 when nothing was taken.
 */
const tryTakeScript = defineScript(
  'token-bucket-try-take',
  `${BUCKET_FUNCTION}
local _, tokens = read_bucket(tonumber(ARGV[2]), tonumber(ARGV[3]))
if tokens < tonumber(ARGV[1]) + tonumber(ARGV[4]) then return 0 end
write_bucket(tokens - tonumber(ARGV[1]))
return 1`,
  z.number(),
);

/** KEYS: bucket. */
const slowDownScript = defineScript(
  'token-bucket-slowDown',
  `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local bucket = redis.call('HMGET', KEYS[1], 'factor', 'slow_until', 'slowed_down_at')
local factor = 1
if now < tonumber(bucket[2] or '0') then factor = math.min(1, tonumber(bucket[1])) end
local since = now - tonumber(bucket[3] or '0')
if since < 0 or since >= ${String(PENALTY_PAUSE_MS)} then
  factor = math.max(${String(SMALLEST_FACTOR)}, factor / 2)
  redis.call('HSET', KEYS[1], 'slowed_down_at', string.format('%.0f', now))
end
redis.call('HSET', KEYS[1], 'factor', tostring(factor), 'slow_until', string.format('%.0f', now + ${String(SLOW_DOWN_MS)}))
redis.call('PEXPIRE', KEYS[1], ${String(IDLE_TTL_MS)})
return tostring(factor)`,
  z.coerce.number(),
);

/** One budget of calls per scope (an AWS region, say), shared by all processes: a token bucket in Redis, by Redis's clock. */
export class TokenBucket {
  constructor(private readonly options: TokenBucketOptions) {}

  /**
   * Waits until `calls` may be made, in the order of the calls. What was taken by a process that crashes is lost, not owed.
   *
   * @throws the signal's reason when it is aborted meanwhile: the calls are returned then
   */
  async acquire(scope: string, calls: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const waitMs = await this.take(scope, calls);
    if (waitMs === 0) return;
    try {
      await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Not awaited: Redis can be unavailable. What it does not take back is lost, as in a crash.
      this.take(scope, -calls).catch(() => undefined);
      signal?.throwIfAborted();
      throw error;
    }
  }

  /**
   * Takes `calls` when they may be made at once; false, and nothing is taken, when they may not.
   * @param reserve how many calls stay available for more important callers
   */
  async tryAcquire(scope: string, calls: number, reserve = 0): Promise<boolean> {
    const { perSecond, burst } = this.options.rates?.[scope] ?? this.options.rate;
    const rate = perSecond / 1_000;
    return (await this.run(tryTakeScript, scope, [calls, rate, burst, reserve])) === 1;
  }

  /** The other side has asked to slow down: halves the scope's rate for `SLOW_DOWN_MS`. Returns the factor now in force. */
  async slowDown(scope: string): Promise<number> {
    return await this.run(slowDownScript, scope, []);
  }

  private async take(scope: string, calls: number): Promise<number> {
    const { perSecond, burst } = this.options.rates?.[scope] ?? this.options.rate;
    return await this.run(takeScript, scope, [calls, perSecond / 1_000, burst]);
  }

  private async run(script: RedisScript<number>, scope: string, args: readonly number[]): Promise<number> {
    const { redis, keys, family } = this.options;
    const bucket = [keys.key(family, scope)];
    return await replacingDamage(redis, bucket, () => script(redis, bucket, args));
  }
}
