// `npm run check:licenses`: every package that Lizzy needs at run time must have one of these licenses (SPDX).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('..', import.meta.url).pathname;
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'Python-2.0'];

/** Packages that declare none: what their readme says. */
const UNDECLARED = { 'node_modules/pause': 'MIT' };

const read = (...path) => JSON.parse(readFileSync(join(ROOT, ...path), 'utf8'));

/** The license of a package. Old packages have a list of `licenses`, which npm does not copy into the lock file. */
function licenseOf(path, { license, optional }) {
  if (license !== undefined) return license;
  try {
    const { license: own, licenses = [] } = read(path, 'package.json');
    return own ?? UNDECLARED[path] ?? licenses.map(({ type }) => type).join(' AND ');
  } catch (error) {
    // The packages of other platforms are not installed: they have the license of the package that needs them.
    if (optional && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const { packages } = read('package-lock.json');
const wrong = Object.entries(packages)
  .filter(([path, { dev }]) => path !== '' && dev !== true)
  .map(([path, entry]) => ({ path, license: licenseOf(path, entry) }))
  .filter(({ license }) => license !== undefined && !ALLOWED.includes(license));

for (const { path, license } of wrong)
  console.error(`${path}: the license "${license}" is not in the list of local/check-licenses.mjs`);
if (wrong.length > 0) process.exitCode = 1;
