import { exitBecauseOf, lizzyVersion, loadOrExit, readApiConfig } from '#config';
import { createErrorReporter, createMetrics, Logger, startMetricsServer } from '#telemetry';
import { type RunningApi, startApi } from './bootstrap.js';

/**
 * Runs the API of this process, by its environment; ends the process with 78 when that is wrong.
 * @param onStop takes what ends the process in order, from when there is something to end
 */
export async function runApi(onStop: (handler: (signal: NodeJS.Signals) => void) => void): Promise<void> {
  const config = loadOrExit(readApiConfig);
  const logger = Logger.create({ ...config.log, fields: { process: 'api' } });
  const reporter = await createErrorReporter({ dsn: config.sentryDsn, release: lizzyVersion, process: 'api' });
  // Every request has its own end; a defect beside them must not end the others. It is told, and mended later.
  process.on('unhandledRejection', (error) => {
    logger.error('The API met a defect beside its requests', { error });
    reporter.report(error);
  });
  const metrics =
    config.metricsPort === null
      ? null
      : await startMetricsServer(createMetrics({ process: 'api' }), { port: config.metricsPort, host: config.host });
  let api: RunningApi | null = null;

  /** Ends the process in order: exit code 0 when everything that was begun has been answered. */
  async function stop(signal: NodeJS.Signals): Promise<void> {
    logger.info('API is stopping', { signal });
    // One that still waits for its first Redis has taken no request.
    await api?.stop();
    await metrics?.close();
    await reporter.close();
    process.exit(0);
  }

  onStop((signal) => void stop(signal));
  api = await startApi({ config, logger, reporter, onFatal: exitBecauseOf }).catch(exitBecauseOf);
  logger.info('API is listening', { host: config.host, port: api.port, version: lizzyVersion });
}
