import { z } from 'zod';
import { deepFreeze, type Environment, type ReadFile, readTextFile, readVariables } from './env.js';
import { SharedConfig, sharedConfig, sharedVariables } from './shared.config.js';
import { wholeNumber } from './env-types.js';

const DAY_SECONDS = 24 * 3600;

/** The variables of the worker, with their defaults. */
export const workerVariables = z.object({
  ...sharedVariables,
  SENZA_COMMAND: z.string().default('senza'),
  SENZA_TIMEOUT_SECONDS: wholeNumber({ min: 1, max: DAY_SECONDS }).default(600),
  POLL_SECONDS: wholeNumber({ min: 1, max: 3600 }).default(10),
  WORKER_CONCURRENCY: wholeNumber({ min: 1, max: 1000 }).default(10),
  SHUTDOWN_GRACE_SECONDS: wholeNumber({ min: 0, max: DAY_SECONDS }).default(60),
});

/** The settings of a worker process. */
export abstract class WorkerConfig extends SharedConfig {
  abstract readonly senza: {
    /** One executable, looked up on the PATH unless it is a path. */
    readonly command: string;
    readonly timeoutSeconds: number;
    /** The environment of the worker; Senza's sandbox passes on an allow-list of it. */
    readonly environment: Environment;
  };
  /** How often CloudFormation is polled while jobs wait for it. */
  abstract readonly pollSeconds: number;
  /** How many jobs a worker processes at the same time; waiting jobs do not count. */
  abstract readonly concurrency: number;
  /** How long a running command may take to finish after SIGTERM. */
  abstract readonly shutdownGraceSeconds: number;
}

/** Reads the settings of a worker process. @throws ConfigurationError with all errors */
export function readWorkerConfig(env: Environment, readFile: ReadFile = readTextFile): WorkerConfig {
  const { values, files } = readVariables({ schema: workerVariables, env, readFile });
  return deepFreeze({
    ...sharedConfig(values, files.REDIS_CA_FILE),
    senza: {
      command: values.SENZA_COMMAND,
      timeoutSeconds: values.SENZA_TIMEOUT_SECONDS,
      environment: { ...env },
    },
    pollSeconds: values.POLL_SECONDS,
    concurrency: values.WORKER_CONCURRENCY,
    shutdownGraceSeconds: values.SHUTDOWN_GRACE_SECONDS,
  });
}
