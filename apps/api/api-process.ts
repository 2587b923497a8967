import { readApiConfig, lizzyVersion, warningsAbout } from '#config';
import { limitHeapGrowth, releaseStartupMemory, startProcess } from '#process';
import { ApiMetrics } from '#telemetry';
import { type RunningApi, startApi } from './bootstrap.js';

/** Longer than any request waits (SYNC_WAIT_SECONDS is at most an hour, but a shutdown responds to waiting requests at once). */
const SHUTDOWN_TIMEOUT_MS = 60_000;

/**
 * Runs the API with the configuration from the environment. The process exits with 78 when that is invalid.
 * @param onStop receives the function that stops the process, as soon as there is something to stop
 */
export async function runApi(onStop: (handler: (signal: NodeJS.Signals) => void) => void): Promise<void> {
  limitHeapGrowth();
  let api: RunningApi | null = null;
  const { config, logger, reporter, metrics, exit, stopper } = await startProcess({
    name: 'api',
    readConfig: readApiConfig,
    createMetrics: (version) => new ApiMetrics(version),
    isHealthy: () => api !== null,
  });
  for (const warning of warningsAbout(config)) logger.warn(warning);
  // An API that is still starting has accepted no request.
  onStop(stopper({ close: async () => await api?.stop(), timeoutMs: SHUTDOWN_TIMEOUT_MS }));
  api = await startApi({ config, logger, reporter, metrics, onFatal: exit }).catch(exit);
  logger.info('API is listening', { host: config.host, port: api.port, version: lizzyVersion });
  await releaseStartupMemory();
}
