import { join } from 'node:path';
import { compiledLibrary } from '../../../test/support/compiled-library.js';

/** The entry of watchdogs that tests start. */
export const watchdogEntry = join(compiledLibrary('senza'), 'watchdog', 'watchdog-main.js');
