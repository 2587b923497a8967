import { z } from 'zod';
import { deepFreeze, type Environment, type ReadFile, readTextFile, readVariables } from './env.js';
import { SharedConfig, sharedConfig, sharedVariables } from './shared.config.js';
import { templateBucket, wholeNumber } from './env-types.js';

const DAY_SECONDS = 24 * 3600;

/** The variables of the worker, with their defaults. */
export const workerVariables = z.object({
  ...sharedVariables,
  SENZA_COMMAND: z.string().optional(),
  SENZA_PYTHON: z.string().optional(),
  SENZA_REPAIRS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  SENZA_CPU_SECONDS: wholeNumber({ min: 1, max: DAY_SECONDS }).default(60),
  SENZA_MEMORY_MIB: wholeNumber({ min: 256, max: 1_000_000 }).default(1024),
  SENZA_FILE_MIB: wholeNumber({ min: 1, max: 1_000_000 }).default(64),
  SENZA_PROCESSES: wholeNumber({ min: 1, max: 4_000_000 }).default(4096),
  TEMPLATE_BUCKET: templateBucket.optional(),
  SENZA_TIMEOUT_SECONDS: wholeNumber({ min: 1, max: DAY_SECONDS }).default(600),
  POLL_SECONDS: wholeNumber({ min: 1, max: 3600 }).default(10),
  WORKER_CONCURRENCY: wholeNumber({ min: 1, max: 1000 }).default(10),
  SHUTDOWN_GRACE_SECONDS: wholeNumber({ min: 0, max: DAY_SECONDS }).default(60),
});

const consistentVariables = workerVariables.refine(
  ({ TEMPLATE_BUCKET, SENZA_COMMAND, SENZA_REPAIRS }) =>
    TEMPLATE_BUCKET === undefined || (SENZA_COMMAND === undefined && SENZA_REPAIRS === 'on'),
  {
    path: ['TEMPLATE_BUCKET'],
    error: 'needs the Senza runtime with its repairs: must not be set together with SENZA_COMMAND or SENZA_REPAIRS=off',
  },
);

/** The settings of a worker process. */
export abstract class WorkerConfig extends SharedConfig {
  abstract readonly senza: {
    /** One executable to start for each command instead of the runtime, found by `PATH` when it is no path. */
    readonly command: string | undefined;
    /** The interpreter of the runtime; undefined for that of `senza` on the `PATH`. */
    readonly python: string | undefined;
    /** Whether the runtime corrects known faults of Senza (docs/senza-repairs.md). */
    readonly repairs: boolean;
    /** Limits of each command that the runtime runs: setrlimit(2). */
    readonly limits: {
      readonly cpu_seconds: number;
      readonly memory_mib: number;
      readonly file_mib: number;
      readonly processes: number;
    };
    /**
     * The S3 bucket for templates that are too large for a request to CloudFormation; undefined: they are rejected. `{region}`
     * in its name is the region of the stack.
     */
    readonly templateBucket: string | undefined;
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
  const { values, files } = readVariables({ schema: consistentVariables, env, readFile });
  return deepFreeze({
    ...sharedConfig(values, files.REDIS_CA_FILE),
    senza: {
      command: values.SENZA_COMMAND,
      python: values.SENZA_PYTHON,
      repairs: values.SENZA_REPAIRS === 'on',
      limits: {
        cpu_seconds: values.SENZA_CPU_SECONDS,
        memory_mib: values.SENZA_MEMORY_MIB,
        file_mib: values.SENZA_FILE_MIB,
        processes: values.SENZA_PROCESSES,
      },
      templateBucket: values.TEMPLATE_BUCKET,
      timeoutSeconds: values.SENZA_TIMEOUT_SECONDS,
      environment: { ...env },
    },
    pollSeconds: values.POLL_SECONDS,
    concurrency: values.WORKER_CONCURRENCY,
    shutdownGraceSeconds: values.SHUTDOWN_GRACE_SECONDS,
  });
}
