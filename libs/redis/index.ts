/** Redis: connections, keys, scripts, and what several processes share through them. */
export { type Redis } from 'ioredis';
export { closeRedis, connectRedis, type ConnectOptions, redisReady, type RedisRole } from './connection.js';
export { isPermissionDenied, isRedisUnavailable } from './errors.js';
export { keyspace, type Keyspace } from './keyspace.js';
export { permissionError } from './permission-check.js';
export { QueueErrorLogger } from './queue-error-logger.js';
export { RedisConnector } from './redis-connector.js';
export { replacingDamage } from './replacing-damage.js';
export { checkRedisServer } from './server-check.js';
export { type ReachedLimit, SharedCounts } from './shared-counts.js';
export { defineBinaryScript, defineScript, type RedisScript } from './script.js';
export { type CacheCodec, type CachedValue, type Freshness, SharedCache } from './shared-cache.js';
export { type Rate, TokenBucket } from './token-bucket.js';
export { refusalOf, writeRefusal } from './write-check.js';
