import 'reflect-metadata';
import {
  ConfigurationError,
  exitOnConfigError,
  handleCommandLine,
  lizzyVersion,
  loadConfigOrExit,
  readWorkerConfig,
} from '#config';
import { permissionError } from '#redis';
import {
  createErrorReporter,
  exitOnUncaughtErrors,
  Logger,
  logLibraryOutput,
  NestLogger,
  releaseStartupMemory,
  startMetricsServer,
  startTracing,
  stopProcess,
  WorkerMetrics,
} from '#telemetry';
import { type INestApplicationContext } from '@nestjs/common';
import { SenzaProcesses } from './core/senza-processes.js';

/** How long a shutdown can take beyond SHUTDOWN_GRACE_SECONDS, in milliseconds. */
const SHUTDOWN_MARGIN_MS = 30_000;

/**
 * Runs the worker of this process. Waits for Redis without a time limit. Exits with code 78 when the configuration is
 * invalid, Redis evicts keys, or its user lacks a permission.
 * @param onStop receives the handler of SIGTERM and SIGINT
 */
export async function runWorker(onStop: (handler: (signal: NodeJS.Signals) => void) => void): Promise<void> {
  handleCommandLine(process.argv.slice(2), {
    name: 'lizzy-worker',
    usage:
      'Usage: node dist/apps/worker/main.js [--help | --version]\n\n' +
      'Runs a worker of Lizzy. It is configured by environment variables: see docs/configuration.md.',
  });
  const fields = { process: 'worker' };
  const config = loadConfigOrExit(readWorkerConfig, (log) => Logger.create({ ...log, fields }));
  const logger = Logger.create({ ...config.log, fields });
  const exit = (error: unknown): never => exitOnConfigError(error, logger);
  const reporter = await createErrorReporter({ ...config.sentry, version: lizzyVersion, process: 'worker' });
  const tracing = await startTracing({
    endpoint: config.tracesEndpoint,
    version: lizzyVersion,
    process: 'worker',
    logger,
  });
  exitOnUncaughtErrors({ logger, reporter });
  logLibraryOutput(logger);
  let app: INestApplicationContext | null = null;
  let stopping = false;
  const metrics = new WorkerMetrics(lizzyVersion, config.concurrency);
  const { metrics: address } = config;
  const metricsServer =
    address === null
      ? null
      : await startMetricsServer({ ...address, metrics, isHealthy: () => app !== null && !stopping }).catch(
          (error: unknown) =>
            exit(ConfigurationError.cannotListen(error, { variable: 'METRICS_PORT', ...address }) ?? error),
        );
  onStop((signal) => {
    if (stopping) return;
    stopping = true;
    logger.info('Worker is stopping', { signal });
    const stop = async (): Promise<void> => {
      // A worker that still waits for Redis has no state to record.
      await app?.close();
      await metricsServer?.close();
      await tracing.close();
    };
    const timeoutMs = config.shutdownGraceSeconds * 1000 + SHUTDOWN_MARGIN_MS;
    void stopProcess(stop, { logger, reporter, timeoutMs });
  });
  const senza = await SenzaProcesses.start(config, logger);
  const [{ NestFactory }, { WorkerModule }] = await Promise.all([import('@nestjs/core'), import('./worker.module.js')]);
  const options = { config, logger, reporter, metrics, senza };
  app = await NestFactory.createApplicationContext(WorkerModule.forRoot(options), {
    logger: new NestLogger(logger),
    abortOnError: false,
  }).catch((error: unknown) => exit(permissionError(error, config.queuePrefix) ?? error));
  logger.info('Worker is ready', { version: lizzyVersion, concurrency: config.concurrency });
  await releaseStartupMemory();
}
