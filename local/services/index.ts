/** Starts the parts of Lizzy on one machine: for `npm run local`, tests and benchmarks. */
export { startApi, type Api, type PartOptions } from './api.js';
export { startAwsEmulator, type AwsEmulator, type AwsEmulatorOptions } from './aws-emulator.js';
export { Child, type ChildOptions, type Exit } from './child.js';
export {
  EmulatorControl,
  type AwsCall,
  type CallFilter,
  type EmulatedStack,
  type EmulatorSettings,
  type FaultRule,
  type StackChange,
} from './emulator-control.js';
export { freePort, isFree } from './free-port.js';
export { inProject } from './project.js';
export { until } from './until.js';
export { startValkey, type Valkey, type ValkeyOptions } from './valkey.js';
export { startWorker, type Worker } from './worker.js';
export { startTokenServer, type TokenServer, type TokenServerOptions } from '../token-server/token-server.js';
export type { TokenFacts } from '../token-server/tokens.js';
export type { Trouble } from '../token-server/faults.js';
