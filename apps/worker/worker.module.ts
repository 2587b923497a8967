import { lizzyVersion, type WorkerConfig } from '#config';
import {
  JobWorker,
  jobKeys,
  JobQueue,
  JobStore,
  subscribeToCancellations,
  StackQueryWorker,
  Reconciler,
  WorkerRegistry,
} from '#jobs';
import { isRedisUnavailable } from '#redis';
import { Watchdog } from '#senza';
import { createErrorReporter, Logger } from '#telemetry';
import { checkStore } from './core/redis.js';
import { closeConnections, openConnections } from './core/redis.js';
import { drain } from './lifecycle/drain.js';
import { Heartbeat } from './lifecycle/heartbeat.service.js';
import { kinds } from './kinds/index.js';
import { startWorkerMetrics } from './lifecycle/metrics.js';
import { handleStackQuery } from './stack-queries/stack-queries.handler.js';
import { JobProcessor } from './engine/job-processor.js';
import { OrphanSweep } from './lifecycle/orphan-sweep.service.js';
import { longestWaitMs } from './engine/retry-policy.js';
import { type StepServices } from './engine/step-context.js';
import { createStepServices } from './core/step-services.js';

/** How long a worker that has stopped its commands may take to write down where it is, in milliseconds. */
const FINAL_WRITES_LIMIT_MS = 10_000;
/** How long it may take to take leave of Redis, which may be away, in milliseconds. */
const CLOSE_LIMIT_MS = 3_000;

/** How long the first look at AWS may hold up the start, in milliseconds. */
const WARM_UP_LIMIT_MS = 5_000;

/** A running worker process. */
export interface RunningWorker {
  /** Stops claiming, lets commands end for as long as they may, writes down where the jobs are. */
  stop(reason: string): Promise<void>;
}

/**
 * Puts a worker together and starts it. Waits for Redis as long as it takes.
 * @throws ConfigurationError when Redis is not fit for jobs
 */
export async function startWorker(config: WorkerConfig): Promise<RunningWorker> {
  const logger = Logger.create({ ...config.log, fields: { process: 'worker' } });
  const reporter = await createErrorReporter({ dsn: config.sentryDsn, release: lizzyVersion, process: 'worker' });
  const onError = (error: unknown): void => {
    // The outage itself is told once, by the connections.
    if (isRedisUnavailable(error)) logger.debug('the queue waits for Redis', { error: String(error) });
    else logger.warn('the queue met an error', { error });
  };
  let draining = false;
  const connections = openConnections(config, logger);
  await checkStore(connections.commands, config, logger);
  const keys = jobKeys(config.queuePrefix);
  const store = new JobStore(connections.commands, keys);
  const queue = new JobQueue(connections.queue, config.queuePrefix, onError);
  const watchdog = new Watchdog();
  watchdog.start();
  const sweep = new OrphanSweep(logger);
  await sweep.start();
  const services = createStepServices(config, connections.commands, watchdog);
  const runner = new JobProcessor({
    redis: connections.commands,
    keys,
    store,
    kinds,
    logger,
    reporter,
    environment: {
      services,
      draining: () => draining,
      wake: (id) => {
        queue.wake(id).catch(onError);
      },
      find: (id) => store.get(id),
    },
  });
  const consumer = new JobWorker({
    connection: connections.consumer,
    prefix: config.queuePrefix,
    concurrency: config.concurrency,
    process: (id) => runner.process(id),
    onError,
  });
  const reads = new StackQueryWorker({
    connection: connections.reads,
    prefix: config.queuePrefix,
    answer: (request) => handleStackQuery(services, request),
    onError,
  });
  const registry = new WorkerRegistry(connections.commands, config.queuePrefix);
  const heartbeat = new Heartbeat(registry, services.senza, [...kinds.keys()], () => draining, logger);
  const reconciler = new Reconciler(connections.commands, keys, store, queue, onError, longestWaitMs(services.pollMs));
  const metrics = await startWorkerMetrics(config.metricsPort, runner);

  await heartbeat.start();
  await warmUp(services, config.region, logger);
  await subscribeToCancellations(connections.subscriber, keys, (id) => {
    runner.cancel(id).catch(onError);
  });
  consumer.start();
  reads.start();
  reconciler.start();
  logger.info('the worker is ready', { version: lizzyVersion, concurrency: config.concurrency });

  return {
    stop: async (reason) => {
      logger.info('the worker stops', { reason });
      draining = true;
      reconciler.stop();
      sweep.stop();
      const drained = drain({ consumer, senza: services.senza, redis: connections.commands });
      if (!(await within(drained, config.shutdownGraceSeconds * 1000))) {
        logger.warn('the time to end in order is up: stopping the running commands');
        runner.interruptAll();
        await within(drained, FINAL_WRITES_LIMIT_MS);
      }
      await within(
        Promise.all([heartbeat.stop(), consumer.close(), reads.close(), metrics?.close(), reporter.close()]),
        CLOSE_LIMIT_MS,
      );
      services.aws.close();
      await services.definitions.close();
      await watchdog.stop();
      await closeConnections(connections);
      logger.info('the worker has stopped');
    },
  };
}

/** Finds out whether AWS can be looked at, and loads what the first job would have to load. */
async function warmUp(services: StepServices, region: string, logger: Logger): Promise<void> {
  try {
    await services.aws.listStacks(region, AbortSignal.timeout(WARM_UP_LIMIT_MS));
  } catch (error) {
    logger.warn('AWS cannot be looked at; jobs will wait or fail until it can', { region, error });
  }
}

/** Whether the promise is settled in time. */
async function within(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, milliseconds);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([settled, late]);
  clearTimeout(timer);
  return inTime;
}
