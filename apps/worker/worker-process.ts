import { exitBecauseOf, loadOrExit, readWorkerConfig } from '#config';
import { type RunningWorker, startWorker } from './worker.module.js';

/**
 * Runs the worker of this process, by its environment; ends the process with 78 when that is wrong.
 * @param onStop takes what ends the process in order, from when there is something to end
 */
export async function runWorker(onStop: (handler: (signal: NodeJS.Signals) => void) => void): Promise<void> {
  let worker: RunningWorker | null = null;
  let stopping = false;
  onStop((signal) => {
    if (stopping) return;
    stopping = true;
    // A worker that still waits for Redis has nothing to write down.
    if (worker === null) process.exit(0);
    worker.stop(signal).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
  worker = await startWorker(loadOrExit(readWorkerConfig)).catch(exitBecauseOf);
}
