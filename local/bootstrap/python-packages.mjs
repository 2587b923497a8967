import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { run } from './command.mjs';
import { UserError } from './user-error.mjs';
import { findPython } from './find-python.mjs';
import { fingerprint, readStamp } from './fingerprint.mjs';
import { inRoot } from './root.mjs';

/** What the local stack and the tests run on: Senza, the AWS emulator, Valkey. */
export const OWN_PACKAGES = { folder: '.venv', lockFile: 'local/python/requirements.txt' };
/** Lizzy 2's client, which only the tests run: its old `click` needs a folder of its own. */
export const LIZZY_CLIENT = { folder: '.venv-lizzy-client', lockFile: 'local/python/lizzy-client.txt' };
/** The generator of Python clients and what they need, which only `npm run test:deploy` runs. */
export const API_CLIENT = { folder: '.venv-api-client', lockFile: 'local/python/api-client.txt' };

/** Schemathesis, which only `npm run fuzz` runs. */
export const FUZZ = { folder: '.venv-fuzz', lockFile: 'local/python/fuzz.txt' };

/** Lizzy 2 itself, which only the benchmarks run. */
export const LIZZY_2 = { folder: '.venv-lizzy-2', lockFile: 'local/python/lizzy-2.txt' };

/** The part of a lock file that names one package and its hashes. */
const partOf = (lockFile, name) => {
  const lines = readFileSync(inRoot(lockFile), 'utf8').split('\n');
  const start = lines.findIndex((line) => line.startsWith(`${name}==`));
  const end = lines.findIndex((line, index) => index >= start && !line.endsWith('\\'));
  return lines.slice(start, end + 1).join('\n');
};

const pip = async (python, ...args) => {
  const always = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes'];
  const { code, output, noNetwork } = await run(python, [...always, '--retries', '1', ...args]);
  if (code === 0) return;
  throw new UserError(
    noNetwork
      ? 'The Python packages could not be downloaded: the package index cannot be reached (the first start needs the network).'
      : 'The Python packages could not be installed.',
    output,
  );
};

/** Makes a folder of Python packages from its lock file, unless both are as they were. Each file's hash is checked. */
export const installPythonPackages = async ({ folder, lockFile }) => {
  const wanted = fingerprint([lockFile]);
  const stamp = `${folder}/lock.sha256`;
  const installed = inRoot(folder, 'bin', 'python');
  if (existsSync(installed) && readStamp(stamp) === wanted) return;
  const python = await findPython();
  console.error(`Installing Python packages into ${folder} (with ${python}) ...`);
  rmSync(inRoot(folder), { recursive: true, force: true });
  const { code, output } = await run(python, ['-m', 'venv', inRoot(folder)]);
  if (code !== 0) throw new UserError(`${python} could not make a virtual environment.`, output);

  // A few packages come as sources: setuptools builds them, and comes with a hash like the rest.
  mkdirSync(inRoot('.local'), { recursive: true });
  const first = inRoot('.local', `setuptools${folder}.txt`);
  writeFileSync(first, partOf(lockFile, 'setuptools'));
  await pip(installed, '--only-binary', ':all:', '-r', first);
  await pip(installed, '--no-build-isolation', '-r', inRoot(lockFile));
  writeFileSync(inRoot(stamp), wanted);
};
