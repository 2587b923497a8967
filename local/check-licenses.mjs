// `npm run check:licenses`: every package that Lizzy or its Senza needs at run time must have one of these licenses (SPDX).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

/** What Python packages declare, in SPDX's words. */
const PYTHON_LICENSES = {
  'Apache License 2.0': 'Apache-2.0',
  'Apache License Version 2.0': 'Apache-2.0',
  'Apache Software License': 'Apache-2.0',
  'Apache-2.0 OR BSD-2-Clause': 'Apache-2.0',
  BSD: 'BSD-3-Clause',
  'BSD License': 'BSD-3-Clause',
  'MIT License': 'MIT',
  'Python Software Foundation License': 'Python-2.0',
};
/** The certificates of Mozilla, which Lizzy does not change. */
const PYTHON_EXCEPTIONS = { certifi: 'MPL-2.0' };

const normalized = (name) => name.toLowerCase().replaceAll(/[-_.]+/g, '-');
const libraries = join(ROOT, '.venv', 'lib');
if (!existsSync(libraries)) {
  console.error('The Python packages are not installed: run `node local/bootstrap.mjs prepare` first.');
  process.exit(1);
}
const sitePackages = readdirSync(libraries).map((python) => join(libraries, python, 'site-packages'))[0];
const metadata = Object.fromEntries(
  readdirSync(sitePackages)
    .filter((name) => name.endsWith('.dist-info'))
    .map((name) => [normalized(name.split('-')[0]), join(sitePackages, name, 'METADATA')]),
);

/** The license in the header of a package's metadata (Core Metadata 2.4): the expression, else a classifier, else a text. */
function pythonLicense(name) {
  const [header = ''] = readFileSync(metadata[name], 'utf8').split(/\n\n/);
  const field = (pattern) => pattern.exec(header)?.[1];
  const declared =
    field(/^License-Expression: (.*)$/m) ??
    field(/^Classifier: License :: OSI Approved :: (?!Mozilla)(.*)$/m) ??
    field(/^License: (.*)$/m);
  return PYTHON_LICENSES[declared] ?? declared;
}

const senza = readFileSync(join(ROOT, 'local', 'python', 'senza.txt'), 'utf8').matchAll(/^([\w.-]+)==/gm);
for (const [, name] of senza) {
  const license = pythonLicense(normalized(name));
  if (!ALLOWED.includes(license) && PYTHON_EXCEPTIONS[name] !== license) wrong.push({ path: name, license });
}

for (const { path, license } of wrong)
  console.error(`${path}: the license "${license}" is not in the list of local/check-licenses.mjs`);
if (wrong.length > 0) process.exitCode = 1;
