import { join } from 'node:path';
import { inProject } from './project.js';

/** Names the directory of programs that start faster than those in dist/: test/support/bundled-programs.mjs makes them. */
const PROGRAMS = 'LIZZY_TEST_PROGRAMS';

/** The path of the API's or the worker's main module. */
export function program(app: 'api' | 'worker'): string {
  return join(process.env[PROGRAMS] ?? inProject('dist'), 'apps', app, 'main.js');
}
