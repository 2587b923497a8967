/** The configuration: environment variables, parsed once at startup. The only place that reads `process.env`. */
export { type AllowedUsers } from './allowed-users.js';
export { ApiConfig, apiVariables, readApiConfig, warningsAbout } from './api.config.js';
export { ConfigModule } from './config.module.js';
export { ConfigurationError, exitOnConfigError } from './configuration-error.js';
export { type Environment, loadConfigOrExit, type ReadFile } from './env.js';
export { SharedConfig } from './shared.config.js';
export { lizzyVersion } from './version.js';
export { readWorkerConfig, WorkerConfig, workerVariables } from './worker.config.js';
