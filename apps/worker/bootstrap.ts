import 'reflect-metadata';
import { exitBecauseOf, lizzyVersion, loadOrExit, readWorkerConfig } from '#config';
import { createErrorReporter, Logger, NestLogger } from '#telemetry';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WorkerModule } from './worker.module.js';

/**
 * Runs the worker of this process. Waits for Redis without a time limit. Exits with code 78 when the configuration is
 * invalid or Redis evicts keys.
 * @param onStop receives the handler of SIGTERM and SIGINT
 */
export async function runWorker(onStop: (handler: (signal: NodeJS.Signals) => void) => void): Promise<void> {
  const config = loadOrExit(readWorkerConfig);
  const logger = Logger.create({ ...config.log, fields: { process: 'worker' } });
  let app: INestApplicationContext | null = null;
  let stopping = false;
  onStop((signal) => {
    if (stopping) return;
    stopping = true;
    logger.info('Worker is stopping', { signal });
    // A worker that still waits for Redis has no state to record.
    if (app === null) process.exit(0);
    app.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
  const reporter = await createErrorReporter({ dsn: config.sentryDsn, release: lizzyVersion, process: 'worker' });
  app = await NestFactory.createApplicationContext(WorkerModule.forRoot({ config, logger, reporter }), {
    logger: new NestLogger(logger),
    abortOnError: false,
  }).catch(exitBecauseOf);
  logger.info('Worker is ready', { version: lizzyVersion, concurrency: config.concurrency });
}
