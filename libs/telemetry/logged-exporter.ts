import { type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { type Logger } from './logger.js';
import { LogInterval } from './log-interval.js';

/**
 * Logs when an exporter loses spans, at most once a minute, and when it sends them again. OpenTelemetry itself loses them
 * silently.
 */
export function loggedExporter(exporter: SpanExporter, logger: Pick<Logger, 'info' | 'warn'>): SpanExporter {
  const interval = new LogInterval();
  let [isLosing, lost] = [false, 0];
  const failed = (spans: readonly ReadableSpan[], error: Error): void => {
    isLosing = true;
    lost += spans.length;
    if (interval.isDue()) logger.warn('Traces cannot be sent: spans are lost', { error: sentence(error) });
  };
  const sent = (): void => {
    if (isLosing) logger.info('Traces are sent again', { lost_spans: lost });
    [isLosing, lost] = [false, 0];
    interval.reset();
  };
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        if (result.error === undefined) sent();
        else failed(spans, result.error);
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}

/** Errors of connections have a code, and sometimes no message. */
function sentence(error: Error): string {
  const code = 'code' in error ? ` (${String(error.code)})` : '';
  return `${error.message === '' ? 'no response' : error.message}${code}`;
}
