import { type WorkerConfig } from '#config';
import { ExecutableLauncher, findInterpreter, type Launcher, SenzaRuntime, Watchdog } from '#senza';
import { type Logger } from '#telemetry';

/**
 * The watchdog and Senza's template process. They load for seconds, so they start before the modules of the worker are
 * loaded. Both end with this process, however it ends.
 */
export class SenzaProcesses {
  private constructor(
    readonly watchdog: Watchdog,
    readonly launcher: Launcher,
    /** Resolves when the first template is ready, or could not be started: commands start without it then. */
    readonly started: Promise<void>,
  ) {}

  /** Starts them; does not wait for the template. */
  static async start(config: WorkerConfig, logger: Logger): Promise<SenzaProcesses> {
    const watchdog = new Watchdog();
    watchdog.start();
    const launcher = await createLauncher(config, watchdog, logger);
    return new SenzaProcesses(
      watchdog,
      launcher,
      launcher instanceof SenzaRuntime ? launcher.start() : Promise.resolve(),
    );
  }

  /** Ends the template and the commands that it has forked, then the watchdog. */
  async stop(): Promise<void> {
    if (this.launcher instanceof SenzaRuntime) await this.launcher.stop();
    await this.watchdog.stop();
  }
}

/**
 * The configured executable, or the runtime, which is still to be started. Without an interpreter for the runtime, the
 * `senza` on the PATH: it is started for each command and not repaired.
 */
async function createLauncher({ senza }: WorkerConfig, watchdog: Watchdog, logger: Logger): Promise<Launcher> {
  if (senza.command !== undefined) return new ExecutableLauncher(senza.command);
  const interpreter = senza.python ?? (await findInterpreter(senza.environment['PATH']));
  if (interpreter === undefined) {
    logger.warn('The Senza runtime has no interpreter: senza on the PATH is missing or not a Python script');
    return new ExecutableLauncher('senza');
  }
  return new SenzaRuntime({
    interpreter,
    repairs: senza.repairs,
    environment: senza.environment,
    makeDirectory: () => watchdog.makeDirectory(),
    onWarning: (message, fields) => {
      logger.warn(message, fields);
    },
  });
}
