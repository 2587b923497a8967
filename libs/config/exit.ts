import { ConfigurationError } from './configuration-error.js';

/** EX_CONFIG of BSD's sysexits.h. */
const EXIT_CODE_CONFIGURATION = 78;

/** Ends this process because of a wrong configuration, naming every mistake on stderr. Anything else is thrown again. */
export function exitBecauseOf(error: unknown): never {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(EXIT_CODE_CONFIGURATION);
}
