import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiledLibrary } from '../../../test/support/compiled-library.js';

/** The entry of threads under Jest. */
export const threadEntry = pathToFileURL(join(compiledLibrary('definition'), 'parser', 'parse-thread.js'));
