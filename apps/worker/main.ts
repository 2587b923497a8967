import { loadOrExit, readWorkerConfig } from '#config';
import { startWorker } from './worker.js';

const config = loadOrExit(readWorkerConfig);
const worker = await startWorker(config);

let stopping = false;
const stop = (signal: NodeJS.Signals): void => {
  if (stopping) return;
  stopping = true;
  worker.stop(signal).then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
