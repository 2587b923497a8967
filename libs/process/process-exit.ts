import { type ErrorContext, type ErrorReporter, type Logger } from '#telemetry';
import pTimeout from 'p-timeout';

/** The log and the error reports of a process. */
export interface ProcessTelemetry {
  readonly logger: Pick<Logger, 'error' | 'warn'>;
  readonly reporter: ErrorReporter;
}

/**
 * Ends this process with exit code 1 on an uncaught exception or an unhandled rejection, after it was logged and reported: the state
 * of the process is unknown then, and the supervisor starts a new one.
 */
export function exitOnUncaughtErrors(telemetry: ProcessTelemetry): void {
  let isExiting = false;
  const exit = (error: unknown, message: string): void => {
    // A log that cannot be written is such an error, too: the line about it would cause the next one, without end.
    if (isExiting) return;
    isExiting = true;
    void exitAfter(error, message, telemetry, { fatal: true });
  };
  process.on('uncaughtException', (error) => {
    exit(error, 'Uncaught exception');
  });
  process.on('unhandledRejection', (reason) => {
    exit(reason, 'Unhandled rejection');
  });
}

/**
 * Stops the process in order and ends it: exit code 0 when `stop` succeeds, 1 when it fails or takes longer than `timeoutMs`.
 * Pending error reports are sent first. A second call during the stop has no effect.
 */
export async function stopProcess(
  stop: () => Promise<void>,
  { logger, reporter, timeoutMs }: ProcessTelemetry & { readonly timeoutMs: number },
): Promise<never> {
  try {
    await pTimeout(stop(), { milliseconds: timeoutMs, message: `shutdown took longer than ${timeoutMs} ms` });
  } catch (error) {
    return await exitAfter(error, 'Shutdown failed', { logger, reporter });
  }
  await reporter.close();
  process.exit(0);
}

async function exitAfter(
  error: unknown,
  message: string,
  { logger, reporter }: ProcessTelemetry,
  context: ErrorContext = {},
): Promise<never> {
  try {
    logger.error(message, { error });
    reporter.report(error, context);
    await reporter.close();
  } finally {
    process.exit(1);
  }
}
