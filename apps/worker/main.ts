import { exitBecauseOf, loadOrExit, readWorkerConfig } from '#config';
import { type RunningWorker, startWorker } from './worker.js';

let worker: RunningWorker | null = null;
let stopping = false;
const stop = (signal: NodeJS.Signals): void => {
  if (stopping) return;
  stopping = true;
  // A worker that still waits for Redis has nothing to write down.
  if (worker === null) process.exit(0);
  worker.stop(signal).then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

worker = await startWorker(loadOrExit(readWorkerConfig)).catch(exitBecauseOf);
