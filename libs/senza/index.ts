/** Senza as typed calls: sandbox, output, errors, runtime. The commands are imported one by one: `#senza/commands/NAME.js`. */
export { Senza } from './senza.js';
export { type CommandEnd, type SenzaOptions } from './run-senza.js';
export { SENZA_ERROR_CODES, SenzaError, type SenzaErrorCode, type SenzaErrorDetails } from './errors.js';
export { type Lease, type OutputStream, type RunContext } from './process/run-context.js';
export { makeRedaction, prepareRedaction, type Redaction } from './process/redaction.js';
export { findInterpreter } from './runtime/interpreter.js';
export { type SenzaAwsRequest } from './runtime/aws-requests.js';
export { type CommandStart, ExecutableLauncher, type Launcher } from './runtime/launcher.js';
export { type CommandLimits, type RepairName } from './runtime/run-settings.js';
export { SenzaRuntime } from './runtime/senza-runtime.js';
export { sweepOrphans } from './watchdog/orphans.js';
export { Watchdog } from './watchdog/watchdog.js';
