import {
  ConfigurationError,
  type Environment,
  exitOnConfigError,
  loadConfigOrExit,
  lizzyVersion,
  type SharedConfig,
} from '#config';
import {
  createErrorReporter,
  type ErrorReporter,
  Logger,
  type ProcessMetrics,
  startMetricsServer,
  startTracing,
} from '#telemetry';
import { handleCommandLine } from './command-line.js';
import { logLibraryOutput } from './library-output.js';
import { exitOnUncaughtErrors, stopProcess } from './process-exit.js';

/** What differs between the API and the worker. */
export interface ProcessOptions<Config, Metrics> {
  readonly name: 'api' | 'worker';
  readonly readConfig: (env: Environment) => Config;
  readonly createMetrics: (version: string, config: Config) => Metrics;
  /** Whether the process can do its work now: the answer of `GET /health` on the metrics server, until the process stops. */
  readonly isHealthy: () => boolean;
}

/** What a process stops, and how long that may take. */
interface StopOptions {
  readonly close: () => Promise<void>;
  readonly timeoutMs: number;
}

/** A process with its log, error reports, traces and metrics server. */
export interface StartedProcess<Config, Metrics> {
  readonly config: Config;
  readonly logger: Logger;
  readonly reporter: ErrorReporter;
  readonly metrics: Metrics;
  /** Ends the process with exit code 78 after an invalid configuration was logged. Rethrows other errors. */
  readonly exit: (error: unknown) => never;
  /** Returns the handler of signals. It stops the process in order and ends it; signals during the stop have no effect. */
  readonly stopper: (options: StopOptions) => (signal: NodeJS.Signals) => void;
}

/**
 * Starts what the API and the worker have in common: handles the command line, reads the configuration, and starts the log, the
 * error reports, the traces and the metrics server. Exits with code 64 on unknown arguments and with code 78 on an invalid configuration.
 */
export async function startProcess<Config extends SharedConfig, Metrics extends ProcessMetrics>(
  options: ProcessOptions<Config, Metrics>,
): Promise<StartedProcess<Config, Metrics>> {
  const { name } = options;
  handleCommandLine(process.argv.slice(2), name);
  const fields = { process: name };
  const config = loadConfigOrExit(options.readConfig, (log) => Logger.create({ ...log, fields }));
  const logger = Logger.create({ ...config.log, fields });
  const exit = (error: unknown): never => exitOnConfigError(error, logger);
  const identity = { version: lizzyVersion, process: name };
  const reporter = await createErrorReporter({ ...config.sentry, ...identity });
  const tracing = await startTracing({ endpoint: config.tracesEndpoint, ...identity, logger });
  exitOnUncaughtErrors({ logger, reporter });
  logLibraryOutput(logger);
  const metrics = options.createMetrics(lizzyVersion, config);
  let stopping = false;
  const { metrics: address } = config;
  const isHealthy = (): boolean => !stopping && options.isHealthy();
  const onError = (error: unknown): void => {
    logger.error('Metrics cannot be read', { error });
    reporter.report(error);
  };
  const metricsServer =
    address === null
      ? null
      : await startMetricsServer({ ...address, metrics, isHealthy, onError }).catch((error: unknown) =>
          exit(ConfigurationError.cannotListen(error, { variable: 'METRICS_PORT', ...address }) ?? error),
        );
  const stopper = ({ close, timeoutMs }: StopOptions) => {
    return (signal: NodeJS.Signals): void => {
      if (stopping) return;
      stopping = true;
      logger.info(name === 'api' ? 'API is stopping' : 'Worker is stopping', { signal });
      const stop = async (): Promise<void> => {
        await close();
        await metricsServer?.close();
        await tracing.close();
      };
      void stopProcess(stop, { logger, reporter, timeoutMs });
    };
  };
  return { config, logger, reporter, metrics, exit, stopper };
}
