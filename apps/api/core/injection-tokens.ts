/** Injection tokens for what has no class: the configuration, and who is told of errors. */
export const API_CONFIG = Symbol('ApiConfig');
export const ERROR_REPORTER = Symbol('ErrorReporter');
/** What ends the process when it turns out later that its configuration is wrong. */
export const ON_FATAL = Symbol('OnFatal');
/** The Redis connection for plain commands. */
export const REDIS = Symbol('Redis');
