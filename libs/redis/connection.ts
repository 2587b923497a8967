import { Redis, type RedisOptions } from 'ioredis';

/** What a connection is for: decides what happens to a command while Redis is unavailable. */
export type RedisRole = 'producer' | 'worker' | 'subscriber';

/** How to connect to Redis. */
export interface ConnectOptions {
  /** `redis://` or `rediss://`, with user, password and database where needed. */
  readonly url: string;
  readonly role: RedisRole;
  /** Shown by `CLIENT LIST`. */
  readonly clientName: string;
  /** Called for each failed attempt to connect; the client retries by itself. */
  readonly onError: (error: Error) => void;
  /** Certificates of a private authority in PEM, for `rediss://`. */
  readonly certificateAuthority?: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
const PRODUCER_COMMAND_TIMEOUT_MS = 2_000;
/** How long Redis may take to answer pending commands when a connection is closed. */
const QUIT_TIMEOUT_MS = 1_000;
/** How long a hung server may take to close a connection; then its socket is destroyed. */
const DISCONNECT_TIMEOUT_MS = 1_000;
/**
 * Time without a reply after which a connection counts as lost, in milliseconds. When the machine of the server has crashed or a NAT has
 * dropped the connection, the kernel would report it only after a quarter of an hour, although Redis or its replica is available again.
 * Blocking reads of BullMQ, on workers' connections, last 10 s.
 */
const SILENCE_LIMIT_MS = { producer: 5_000, worker: 20_000, subscriber: 5_000 } as const;
/** How often a subscriber, which sends no commands, pings Redis, in milliseconds. */
const PING_INTERVAL_MS = 5_000;
/** How long a connection stays with a replica before it looks for the primary again, in milliseconds. */
const REPLICA_INTERVAL_MS = 5_000;
const RECONNECT_STEP_MS = 50;
const RECONNECT_LIMIT_MS = 1_000;

/** RedisOptions per role. A hung server (it accepts, but does not answer) is noticed by `commandTimeout` first. */
const ROLE_OPTIONS = {
  // Fails fast, so that HTTP callers get 503. A command that timed out may have been executed.
  producer: {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: PRODUCER_COMMAND_TIMEOUT_MS,
  },
  // Waits: an outage of Redis does not fail a job.
  worker: { enableOfflineQueue: true, maxRetriesPerRequest: null },
  // Waits, and subscribes to the same channels after a reconnect.
  subscriber: { enableOfflineQueue: true, maxRetriesPerRequest: null, autoResubscribe: true },
} as const satisfies Record<RedisRole, RedisOptions>;

/**
 * A replica responds with READONLY after a failover: connect again to find the new primary, and send the command once more; at
 * intervals, since one that stays a replica would have no connection left to answer reads, and no command would fail with its reason.
 */
function leaveReplica(): (error: Error) => 2 | false {
  let leftAt = -Infinity;
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() - leftAt < REPLICA_INTERVAL_MS) return false;
    leftAt = performance.now();
    return 2;
  };
}

/**
 * Creates a connection to Redis or Valkey that always reconnects. Returns before the connection is established:
 * see `redisReady`. Close it with `closeRedis`.
 */
export function connectRedis(options: ConnectOptions): Redis {
  const { url, role, clientName, onError, certificateAuthority } = options;
  const redis = new Redis(url, {
    ...ROLE_OPTIONS[role],
    ...(certificateAuthority === undefined ? {} : { tls: { ca: certificateAuthority } }),
    connectionName: clientName,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_LIMIT_MS[role],
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(attempt * RECONNECT_STEP_MS, RECONNECT_LIMIT_MS),
    reconnectOnError: leaveReplica(),
  });
  redis.on('error', onError);
  if (role === 'subscriber') pingRegularly(redis);
  return redis;
}

function pingRegularly(redis: Redis): void {
  const timer = setInterval(() => {
    if (redis.status === 'ready') redis.ping().catch(() => undefined); // A lost connection emits an error itself.
  }, PING_INTERVAL_MS).unref();
  redis.once('end', () => {
    clearInterval(timer);
  });
}

/**
 * Waits until the connection can take commands.
 *
 * @returns false when that has not happened after `timeoutMs`, or the connection was closed
 */
export async function redisReady(redis: Redis, timeoutMs: number): Promise<boolean> {
  if (redis.status === 'ready') return true;
  return await new Promise((resolve) => {
    const settle = (ready: boolean): void => {
      clearTimeout(timer);
      redis.off('ready', onReady).off('end', onEnd);
      resolve(ready);
    };
    const onReady = (): void => {
      settle(true);
    };
    const onEnd = (): void => {
      settle(false);
    };
    const timer = setTimeout(onEnd, timeoutMs);
    redis.on('ready', onReady).on('end', onEnd);
  });
}

/**
 * Ends a connection: what was sent is answered first, where Redis still answers within a second. Never rejects, and
 * takes two seconds at most.
 */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'end') return;
  const ended = new Promise<void>((resolve) => {
    redis.once('end', () => {
      resolve();
    });
  });
  if (redis.status === 'ready') {
    const timer = setTimeout(endNow, QUIT_TIMEOUT_MS, redis);
    await Promise.race([redis.quit().catch(() => undefined), ended]);
    clearTimeout(timer);
  }
  if (!isEnded(redis)) endNow(redis);
  await ended;
}

/**
 * ioredis 6: `disconnect()` between two attempts to reconnect leaves the waiting commands pending and never says `end`; during an
 * attempt it rejects them and does.
 */
function endNow(redis: Redis): void {
  if (redis.status === 'reconnecting') redis.connect().catch(() => undefined);
  redis.disconnect();
}

// TypeScript takes the status for what it was before the wait.
function isEnded({ status }: Redis): boolean {
  return status === 'end';
}
