import {
  ConfigurationError,
  exitOnConfigError,
  handleCommandLine,
  lizzyVersion,
  loadConfigOrExit,
  readApiConfig,
  warningsAbout,
} from '#config';
import {
  ApiMetrics,
  createErrorReporter,
  exitOnUncaughtErrors,
  limitHeapGrowth,
  Logger,
  logLibraryOutput,
  startMetricsServer,
  startTracing,
  releaseStartupMemory,
  stopProcess,
} from '#telemetry';
import { type RunningApi, startApi } from './bootstrap.js';

/** Longer than any request waits (SYNC_WAIT_SECONDS is at most an hour, but a shutdown responds to waiting requests at once). */
const SHUTDOWN_TIMEOUT_MS = 60_000;

/**
 * Runs the API with the configuration from the environment. The process exits with 78 when that is invalid.
 * @param onStop receives the function that stops the process, as soon as there is something to stop
 */
export async function runApi(onStop: (handler: (signal: NodeJS.Signals) => void) => void): Promise<void> {
  handleCommandLine(process.argv.slice(2), {
    name: 'lizzy-api',
    usage:
      'Usage: node dist/apps/api/main.js [--help | --version]\n\n' +
      'Runs the API of Lizzy. It is configured by environment variables: see docs/configuration.md.',
  });
  limitHeapGrowth();
  const fields = { process: 'api' };
  const config = loadConfigOrExit(readApiConfig, (log) => Logger.create({ ...log, fields }));
  const logger = Logger.create({ ...config.log, fields });
  const exit = (error: unknown): never => exitOnConfigError(error, logger);
  const reporter = await createErrorReporter({ ...config.sentry, version: lizzyVersion, process: 'api' });
  const tracing = await startTracing({
    endpoint: config.tracesEndpoint,
    version: lizzyVersion,
    process: 'api',
    logger,
  });
  exitOnUncaughtErrors({ logger, reporter });
  logLibraryOutput(logger);
  for (const warning of warningsAbout(config)) logger.warn(warning);
  let api: RunningApi | null = null;
  const metrics = new ApiMetrics(lizzyVersion);
  const { metrics: address } = config;
  const metricsServer =
    address === null
      ? null
      : await startMetricsServer({ ...address, metrics, isHealthy: () => api !== null }).catch((error: unknown) =>
          exit(ConfigurationError.cannotListen(error, { variable: 'METRICS_PORT', ...address }) ?? error),
        );

  onStop((signal) => {
    logger.info('API is stopping', { signal });
    const stop = async (): Promise<void> => {
      // An API that is still starting has accepted no request.
      await api?.stop();
      await metricsServer?.close();
      await tracing.close();
    };
    void stopProcess(stop, { logger, reporter, timeoutMs: SHUTDOWN_TIMEOUT_MS });
  });
  api = await startApi({ config, logger, reporter, metrics, onFatal: exit }).catch(exit);
  logger.info('API is listening', { host: config.host, port: api.port, version: lizzyVersion });
  await releaseStartupMemory();
}
