import { exitOnConfigError, lizzyVersion, loadConfigOrExit, readWorkerConfig } from '#config';
import { createErrorReporter, exitOnUncaughtErrors, Logger, logProcessWarnings, stopProcess } from '#telemetry';
import { type RunningWorker, startWorker } from './worker.module.js';

/** How long a shutdown may take beyond SHUTDOWN_GRACE_SECONDS, in milliseconds. */
const SHUTDOWN_MARGIN_MS = 30_000;

/**
 * Runs the worker with the configuration from the environment. The process exits with 78 when that is invalid.
 * @param onStop receives the function that stops the process, as soon as there is something to stop
 */
export async function runWorker(onStop: (handler: (signal: NodeJS.Signals) => void) => void): Promise<void> {
  const config = loadConfigOrExit(readWorkerConfig);
  const logger = Logger.create({ ...config.log, fields: { process: 'worker' } });
  const reporter = await createErrorReporter({ ...config.sentry, version: lizzyVersion, process: 'worker' });
  exitOnUncaughtErrors({ logger, reporter });
  logProcessWarnings(logger);
  let worker: RunningWorker | null = null;
  let stopping = false;
  onStop((signal) => {
    if (stopping) return;
    stopping = true;
    // A worker that still waits for Redis has nothing to record.
    const stop = async (): Promise<void> => {
      await worker?.stop(signal);
    };
    const timeoutMs = config.shutdownGraceSeconds * 1000 + SHUTDOWN_MARGIN_MS;
    void stopProcess(stop, { logger, reporter, timeoutMs });
  });
  worker = await startWorker(config, { logger, reporter }).catch(exitOnConfigError);
}
