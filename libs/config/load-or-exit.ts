import { type Environment } from './environment.js';
import { exitBecauseOf } from './exit.js';

/** Reads this process's settings; with a wrong environment the process ends here, naming every mistake on stderr. */
export function loadOrExit<T>(read: (env: Environment) => T): T {
  try {
    return read(process.env);
  } catch (error) {
    return exitBecauseOf(error);
  }
}
