/** Logs, error reports and metrics of a process. */
export { createErrorReporter, type ErrorContext, ErrorReporter } from './error-reporter.js';
export { LogInterval } from './log-interval.js';
export { Logger, type LogOptions } from './logger.js';
export { ApiMetrics } from './metrics/api-metrics.js';
export { type MetricsServer, startMetricsServer } from './metrics/metrics-server.js';
export { type ProcessMetrics } from './metrics/process-metrics.js';
export { type StoreFigures } from './metrics/store-metrics.js';
export { WorkerMetrics } from './metrics/worker-metrics.js';
export { redactCredentials } from './redact-credentials.js';
export { type EndedSpan, openSpan, type OpenSpan, parseTraceparent, recordSpan, startTracing } from './tracing.js';
export {
  addBreadcrumb,
  type Breadcrumb,
  currentRequestId,
  currentTraceparent,
  linkCurrentSpan,
  outsideOfWork,
  type LogFields,
  withLogFields,
} from './work-context.js';
export { NestLogger } from './nest-logger.js';
