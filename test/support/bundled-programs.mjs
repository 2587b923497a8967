import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, makeOnce, root } from './bundle.mjs';

const dist = join(root, 'dist');
const CACHE = join(root, '.local', 'programs');
const PROGRAMS = ['apps/api/main', 'apps/worker/main'];
/** What the bundle is made from, besides the packages of the lock file. */
const SOURCES = [
  'dist/apps',
  'dist/libs',
  'package-lock.json',
  'test/support/bundle.mjs',
  'test/support/bundled-programs.mjs',
];

const hashOf = (paths) => {
  const hash = createHash('sha256');
  for (const path of paths) {
    const names = path.startsWith('dist/') ? readdirSync(join(root, path), { recursive: true }) : [''];
    for (const name of names.filter((each) => each === '' || each.endsWith('.js')).sort()) {
      hash.update(`${path}/${name}\0`).update(readFileSync(join(root, path, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
};

/**
 * Makes one file of each program in dist/ with most of its packages: it starts in a third of the processor time, of which loading a
 * thousand modules takes most. Tests start hundreds of processes. `local/services` starts them; the tests of starting and
 * stopping, the local stack and the images run dist/ itself.
 * @returns the directory of the programs; undefined when dist/ has not been built
 */
export async function bundledPrograms() {
  if (!PROGRAMS.every((name) => existsSync(join(dist, `${name}.js`)))) return undefined;
  const target = join(CACHE, hashOf(SOURCES));
  const entryPoints = Object.fromEntries(PROGRAMS.map((name) => [name, join(dist, `${name}.js`)]));
  await makeOnce(target, (outdir) => bundle(entryPoints, outdir));
  return target;
}
