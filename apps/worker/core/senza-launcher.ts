import { type WorkerConfig } from '#config';
import { ExecutableLauncher, findInterpreter, type Launcher, SenzaRuntime, type Watchdog } from '#senza';
import { type Logger } from '#telemetry';

/** How this worker starts Senza, and what ends it. */
export interface SenzaLauncher {
  readonly launcher: Launcher;
  stop(): Promise<void>;
}

/**
 * The configured executable, else the runtime, whose template is ready when this resolves. Without an interpreter for it,
 * the `senza` on the PATH, which is started for each command and not repaired.
 */
export async function createSenzaLauncher(
  { senza }: WorkerConfig,
  watchdog: Watchdog,
  logger: Logger,
): Promise<SenzaLauncher> {
  if (senza.command !== undefined) return executable(senza.command);
  const interpreter = senza.python ?? (await findInterpreter(senza.environment['PATH']));
  if (interpreter === undefined) {
    logger.warn('the Senza runtime has no interpreter: senza on the PATH is missing or no Python script');
    return executable('senza');
  }
  const runtime = new SenzaRuntime({
    interpreter,
    repairs: senza.repairs,
    environment: senza.environment,
    makeDirectory: () => watchdog.makeDirectory(),
    onWarning: (message, fields) => {
      logger.warn(message, fields);
    },
  });
  await runtime.start();
  return { launcher: runtime, stop: () => runtime.stop() };
}

function executable(command: string): SenzaLauncher {
  return { launcher: new ExecutableLauncher(command), stop: () => Promise.resolve() };
}
