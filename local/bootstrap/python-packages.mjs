import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { run } from './command.mjs';
import { Complaint } from './complaint.mjs';
import { findPython } from './find-python.mjs';
import { fingerprint, readStamp } from './fingerprint.mjs';
import { inRoot } from './root.mjs';

const LOCK_FILE = 'local/python/requirements.txt';
const STAMP = '.venv/lock.sha256';
const PYTHON = inRoot('.venv', 'bin', 'python');

/** The part of the lock file that names one package and its hashes. */
const partOf = (name) => {
  const lines = readFileSync(inRoot(LOCK_FILE), 'utf8').split('\n');
  const start = lines.findIndex((line) => line.startsWith(`${name}==`));
  const end = lines.findIndex((line, index) => index >= start && !line.endsWith('\\'));
  return lines.slice(start, end + 1).join('\n');
};

const pip = async (...args) => {
  const always = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes'];
  const { code, output, noNetwork } = await run(PYTHON, [...always, '--retries', '1', ...args]);
  if (code === 0) return;
  throw new Complaint(
    noNetwork
      ? 'The Python packages could not be downloaded: the package index cannot be reached (the first start needs the network).'
      : 'The Python packages could not be installed.',
    output,
  );
};

/** Makes .venv from the lock file, unless it stands and the lock file is the same. Each file's hash is checked. */
export const installPythonPackages = async () => {
  const wanted = fingerprint([LOCK_FILE]);
  if (existsSync(PYTHON) && readStamp(STAMP) === wanted) return;
  const python = await findPython();
  console.error(`Installing the Python packages (with ${python}) ...`);
  rmSync(inRoot('.venv'), { recursive: true, force: true });
  const { code, output } = await run(python, ['-m', 'venv', inRoot('.venv')]);
  if (code !== 0) throw new Complaint(`${python} could not make a virtual environment.`, output);

  // A few packages come as sources: setuptools builds them, and comes with a hash like the rest.
  mkdirSync(inRoot('.local'), { recursive: true });
  const first = inRoot('.local', 'setuptools.txt');
  writeFileSync(first, partOf('setuptools'));
  await pip('--only-binary', ':all:', '-r', first);
  await pip('--no-build-isolation', '-r', inRoot(LOCK_FILE));
  writeFileSync(inRoot(STAMP), wanted);
};
