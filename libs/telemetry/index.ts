/** Logs, error reports and metrics of a process. */
export { type Breadcrumb, createErrorReporter, type ErrorContext, ErrorReporter } from './error-reporter.js';
export { type LogFields, Logger, type LogOptions } from './logger.js';
export { createMetricsRegistry, type MetricsServer, startMetricsServer } from './metrics.js';
export { redactCredentials } from './redact-credentials.js';
export { NestLogger } from './nest-logger.js';
export { exitOnUncaughtErrors, logProcessWarnings, stopProcess } from './process-exit.js';
export { releaseStartupMemory } from './release-startup-memory.js';
