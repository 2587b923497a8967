/** Injection token of the callback for a configuration that turns out to be invalid after startup. */
export const ON_FATAL = Symbol('OnFatal');
/** Injection token of the Redis connection for plain commands. */
export const REDIS = Symbol('Redis');
