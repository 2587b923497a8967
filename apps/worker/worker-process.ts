import 'reflect-metadata';
import { lizzyVersion, readWorkerConfig } from '#config';
import { releaseStartupMemory, startProcess } from '#process';
import { permissionError } from '#redis';
import { NestLogger, WorkerMetrics } from '#telemetry';
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
  let app: INestApplicationContext | null = null;
  const { config, logger, reporter, metrics, exit, stopper } = await startProcess({
    name: 'worker',
    readConfig: readWorkerConfig,
    createMetrics: (version, { concurrency }) => new WorkerMetrics(version, concurrency),
    isHealthy: () => app !== null,
  });
  // A worker that still waits for Redis has no state to record.
  const close = async (): Promise<void> => await app?.close();
  onStop(stopper({ close, timeoutMs: config.shutdownGraceSeconds * 1000 + SHUTDOWN_MARGIN_MS }));
  const senza = await SenzaProcesses.start(config, logger);
  const [{ NestFactory }, { WorkerModule }, { WorkerState }] = await Promise.all([
    import('@nestjs/core'),
    import('./worker.module.js'),
    import('./core/worker-state.js'),
  ]);
  const options = { config, logger, reporter, metrics, senza };
  app = await NestFactory.createApplicationContext(WorkerModule.forRoot(options), {
    logger: new NestLogger(logger),
    abortOnError: false,
  }).catch((error: unknown) => exit(permissionError(error, config.queuePrefix) ?? error));
  // Jobs, the status and the logs of other workers name a worker by its ID, also when it has crashed.
  const { id } = app.get(WorkerState);
  logger.info('Worker is ready', { version: lizzyVersion, concurrency: config.concurrency, worker: id });
  await releaseStartupMemory();
}
