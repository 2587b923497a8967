export { type ChainableCommander, type Redis } from 'ioredis';
export { closeRedis, connectRedis, redisReady, type ConnectOptions, type RedisRole } from './connection.js';
export { keyspace, type Keyspace } from './keyspace.js';
export { checkServer, type ServerCheck } from './server-check.js';
export { defineScript, type RedisScript } from './script.js';
export { SharedValue, type Freshness, type Shared, type SharedCodec, type SharedValueOptions } from './shared-value.js';
export { PENALTY_MS, TokenBucket, type Rate, type TokenBucketOptions } from './token-bucket.js';
export { isRedisUnavailable } from './unavailable.js';
