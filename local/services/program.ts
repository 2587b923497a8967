import { join } from 'node:path';
import { inProject } from './project.js';

/** Names the directory of programs that start faster than those in dist/: test/support/bundled-programs.mjs makes them. */
const PROGRAMS = 'LIZZY_TEST_PROGRAMS';

/** As in the image: see docs/operations.md, "Sizing". */
const V8_OPTIONS = { api: ['--max-semi-space-size=8', '--v8-pool-size=1'], worker: [] } as const;

/** Node's arguments that run the API or the worker. */
export function programArguments(app: 'api' | 'worker'): string[] {
  return [...V8_OPTIONS[app], join(process.env[PROGRAMS] ?? inProject('dist'), 'apps', app, 'main.js')];
}
