/** The operator's interface: environment variables, parsed once. The only home of `process.env`. */
export { type AllowedUsers } from './allowed-users.js';
export { type ApiConfig, readApiConfig } from './api-config.js';
export { ConfigurationError } from './configuration-error.js';
export { type Environment, type ReadFile } from './environment.js';
export { exitBecauseOf } from './exit.js';
export { loadOrExit } from './load-or-exit.js';
export { type SharedConfig } from './shared-variables.js';
export { lizzyVersion } from './version.js';
export { readWorkerConfig, type WorkerConfig } from './worker-config.js';
