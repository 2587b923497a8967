import { type WorkerConfig } from '#config';
import { ExecutableLauncher, findInterpreter, type Launcher, SenzaRuntime, type Watchdog } from '#senza';
import { type Logger } from '#telemetry';

/**
 * The configured executable, or the runtime, which is still to be started. Without an interpreter for the runtime, the
 * `senza` on the PATH: it is started for each command and not repaired.
 */
export async function createSenzaLauncher(
  { senza }: WorkerConfig,
  watchdog: Watchdog,
  logger: Logger,
): Promise<Launcher> {
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
