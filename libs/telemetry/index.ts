/** What a process tells about itself: log lines, errors, figures. */
export { Counter, Gauge, Histogram, type Registry } from 'prom-client';
export { ConnectionTrouble } from './connection-trouble.js';
export { createErrorReporter, type ErrorReporter } from './error-reporter.js';
export { type LogFields, Logger, type LogOptions } from './logger.js';
export { createMetrics } from './metrics.js';
export { type MetricsServer, startMetricsServer } from './metrics-server.js';
export { NestLogger } from './nest-logger.js';
