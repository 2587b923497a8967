/** Senza as typed calls: arguments, sandbox, output, errors. */
export { Senza, type CommandOutput, type TableOutput } from './senza.js';
export { type SenzaOptions } from './run-senza.js';
export { SENZA_ERROR_CODES, SenzaError, type SenzaErrorCode, type SenzaErrorDetails } from './errors.js';
export { type Lease, type OutputStream, type RunContext } from './process/run-context.js';
export {
  type ApplicationReference,
  type CreateRequest,
  type DeleteRequest,
  type PatchRequest,
  type ScaleRequest,
  type StackVersionReference,
  type SwitchTrafficRequest,
} from './commands.js';
export { type StackDomain, type TrafficChange, type TrafficWeight } from './output.js';
export { sweepOrphans } from './watchdog/orphans.js';
export { Watchdog } from './watchdog/watchdog.js';
