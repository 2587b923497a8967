import { randomUUID } from 'node:crypto';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { type Keyspace } from './keyspace.js';
import { replacingDamage } from './replacing-damage.js';
import { defineScript } from './script.js';
import { refusalOf } from './write-check.js';

/** How long the counts of a process that crashed remain, in milliseconds. */
const LEASE_MS = 30_000;
/** How often a process writes all its counts, in milliseconds. */
const RENEWAL_MS = 10_000;
/** The field of the count in all: no client has an empty name. */
const IN_ALL = '';

/** `keep(process, ms)` keeps the counts of this process, and the process among those that have counts. KEYS as below. */
const KEEP_FUNCTION = `
  local function keep(process, ms)
    redis.call('PEXPIRE', KEYS[2], ms)
    redis.call('SADD', KEYS[1], process)
    redis.call('PEXPIRE', KEYS[1], ms)
  end
`;

/**
 * Adds one to the counts of this process, when those of all processes allow it. A process without counts has ended.
 *
 * KEYS: 1 processes (set), 2 counts of this process (hash). ARGV: 1 prefix of the counts, 2 this process, 3 client, 4 what this process
 * has of the client with the new one, 5 what it has in all, 6 limit of a client, 7 limit in all, 8 how long to keep them in ms.
 * Reply: `added`, or the limit that is reached.
 */
const addScript = defineScript(
  'shared-counts-add',
  `${KEEP_FUNCTION}
  local of_client, in_all = tonumber(ARGV[4]), tonumber(ARGV[5])
  for _, process in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    if process ~= ARGV[2] then
      local counts = redis.call('HMGET', ARGV[1] .. process, ARGV[3], '${IN_ALL}')
      local left = redis.call('PTTL', ARGV[1] .. process)
      -- Counts that another program has written may never end.
      if not counts[2] or left < 0 or left > tonumber(ARGV[8]) then
        redis.call('SREM', KEYS[1], process)
      else
        of_client = of_client + (counts[1] or 0)
        in_all = in_all + (counts[2] or 0)
      end
    end
  end
  if of_client > tonumber(ARGV[6]) then return 'of_client' end
  if in_all > tonumber(ARGV[7]) then return 'in_all' end
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[4], '${IN_ALL}', ARGV[5])
  keep(ARGV[2], ARGV[8])
  return 'added'
  `,
  z.enum(['added', 'of_client', 'in_all']),
);

/**
 * Writes counts of this process.
 *
 * KEYS: 1 processes, 2 counts of this process. ARGV: 1 this process, 2 how long to keep them in ms, 3 `all` when there are no others, 4.. fields
 * and counts. Reply: 1.
 */
const writeScript = defineScript(
  'shared-counts-write',
  `${KEEP_FUNCTION}
  if ARGV[3] == 'all' then redis.call('DEL', KEYS[2]) end
  for i = 4, #ARGV, 1000 do redis.call('HSET', KEYS[2], unpack(ARGV, i, math.min(i + 999, #ARGV))) end
  keep(ARGV[1], ARGV[2])
  return 1
  `,
  z.number(),
);

/** What {@link SharedCounts} needs. */
export interface SharedCountsOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Begins the keys, for instance `waiting-requests`. */
  readonly family: string;
  /** How many one client can have, and all together. */
  readonly limits: { readonly ofClient: number; readonly inAll: number };
}

/** The limit that is reached. */
export type ReachedLimit = 'of_client' | 'in_all';

/**
 * Counts of what clients have open now, in all processes that share a Redis. Each process writes its own counts, never a difference: what
 * is lost on the way to Redis is right again with the next change, and after {@link RENEWAL_MS} at the latest.
 */
export class SharedCounts {
  private readonly process = randomUUID();
  private readonly ofClients = new Map<string, number>();
  private inAll = 0;
  /** The clients whose counts have to be written. */
  private readonly changed = new Set<string>();
  private flush: NodeJS.Immediate | undefined;
  private renewal: NodeJS.Timeout | undefined;

  constructor(private readonly options: SharedCountsOptions) {}

  /**
   * Adds one to the counts of a client, and of all; `remove` takes it back.
   * @returns the limit that is reached, when nothing was added; otherwise null. While Redis accepts no changes, the counts of this
   *   process decide alone
   * @throws errors of Redis; nothing was added
   */
  async add(client: string): Promise<ReachedLimit | null> {
    const { limits } = this.options;
    const ofClient = (this.ofClients.get(client) ?? 0) + 1;
    // Without Redis: what a client sends beyond its limit costs others little.
    if (ofClient > limits.ofClient) return 'of_client';
    if (this.inAll >= limits.inAll) return 'in_all';
    this.ofClients.set(client, ofClient);
    this.inAll += 1;
    this.renewal ??= setInterval(() => void this.renew(), RENEWAL_MS).unref();
    try {
      const counts = [client, ofClient, this.inAll, limits.ofClient, limits.inAll];
      const args = [this.prefix, this.process, ...counts, LEASE_MS];
      const { redis } = this.options;
      const reply = await replacingDamage(redis, this.redisKeys, () => addScript(redis, this.redisKeys, args));
      if (reply === 'added') return null;
      this.remove(client);
      return reply;
    } catch (error) {
      if (refusalOf(error) !== null) return null;
      this.remove(client);
      throw error;
    }
  }

  /** Takes back what `add` has added. */
  remove(client: string): void {
    const left = (this.ofClients.get(client) ?? 0) - 1;
    if (left > 0) this.ofClients.set(client, left);
    else this.ofClients.delete(client);
    this.inAll -= 1;
    this.changed.add(client);
    // Thousands of connections can close at once.
    this.flush ??= setImmediate(() => {
      this.flush = undefined;
      void this.write('changed');
    });
  }

  private async renew(): Promise<void> {
    if (this.inAll > 0 || this.changed.size > 0) {
      await this.write('all');
      return;
    }
    clearInterval(this.renewal);
    this.renewal = undefined;
  }

  private async write(which: 'all' | 'changed'): Promise<void> {
    const unwritten = [...this.changed];
    this.changed.clear();
    const clients = which === 'all' ? [...this.ofClients.keys()] : unwritten;
    const counts = clients.flatMap((client) => [client, this.ofClients.get(client) ?? 0]);
    const args = [this.process, LEASE_MS, which, IN_ALL, this.inAll, ...counts];
    try {
      await writeScript(this.options.redis, this.redisKeys, args);
    } catch {
      // Redis is unavailable; the next renewal tries again.
      for (const client of unwritten) this.changed.add(client);
    }
  }

  private get prefix(): string {
    return this.options.keys.key(this.options.family, '');
  }

  private get redisKeys(): readonly [string, string] {
    return [this.options.keys.key(this.options.family), this.prefix + this.process];
  }
}
