import { ConfigurationError } from './configuration-error.js';
import { type Environment } from './environment.js';

/** EX_CONFIG of BSD's sysexits.h. */
const EXIT_CODE_CONFIGURATION = 78;

/** Reads this process's settings; with a wrong environment the process ends here, naming every mistake on stderr. */
export function loadOrExit<T>(read: (env: Environment) => T): T {
  try {
    return read(process.env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CODE_CONFIGURATION);
  }
}
