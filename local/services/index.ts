/** Starts the parts of Lizzy on one machine: for `npm run local`, tests and benchmarks. */
export { startApi, type Api, type PartOptions } from './api.js';
export { NO_LAG, startAwsEmulator, type AwsEmulator, type AwsEmulatorOptions } from './aws-emulator.js';
export { Child, type Exit } from './child.js';
export { type AwsCall, type FaultRule } from './emulator-control.js';
export { freePort, isFree, isPortTaken } from './free-port.js';
export { isRunning } from './is-running.js';
export { programArguments } from './program.js';
export { inProject } from './project.js';
export { until, WAIT_LIMIT_MILLISECONDS } from './until.js';
export { startValkey, type Valkey, type ValkeyOptions } from './valkey.js';
export { startWorker, type Worker } from './worker.js';
export { startTokenServer, type TokenServer } from '../token-server/token-server.js';
