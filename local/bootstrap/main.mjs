import { build } from './build.mjs';
import { UserError } from './user-error.mjs';
import { takeNumberOptions } from './number-options.mjs';
import { execNode } from './exec-node.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { withLock } from './lock.mjs';
import { API_CLIENT, FUZZ, installPythonPackages, LIZZY_2, LIZZY_CLIENT, OWN_PACKAGES } from './python-packages.mjs';

const JEST = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];
const PROGRAMS = {
  local: ['dist/local/main.js'],
  bench: ['dist/bench/main.js'],
  test: JEST,
  'test-deploy': [...JEST, '--config', 'test/deploy/files.jest.config.js'],
  // One after the other: each loads the machine by itself.
  faults: [...JEST, '--runInBand', 'test/faults/suite', 'test/faults/crash-points'],
  'senza-random': [...JEST, '--config', 'test/senza/random/jest.config.js'],
  fuzz: [...JEST, '--runInBand', '--config', 'test/fuzz/jest.config.js'],
  // Installs and builds only.
  prepare: undefined,
};

/** The programs that take whole numbers as options, and the variables in which they find them. */
const NUMBER_OPTIONS = {
  faults: { script: 'test:faults', variables: { seed: 'LIZZY_FAULTS_SEED', seconds: 'LIZZY_FAULTS_SECONDS' } },
  fuzz: { script: 'fuzz', variables: { seconds: 'FUZZ_SECONDS' } },
  'senza-random': {
    script: 'test:senza-random',
    variables: { seed: 'LIZZY_RANDOM_SEED', count: 'LIZZY_RANDOM_COUNT' },
  },
};
const FAULT_SECONDS = '60';
const FUZZ_SECONDS = '60';

/** The Python packages of programs that need more than the local stack. */
const PYTHON_PACKAGES = {
  test: [OWN_PACKAGES, LIZZY_CLIENT],
  'test-deploy': [OWN_PACKAGES, LIZZY_CLIENT, API_CLIENT],
  fuzz: [OWN_PACKAGES, FUZZ],
  bench: [OWN_PACKAGES, LIZZY_2],
};

const installAndBuild = async () => {
  await installNpmPackages();
  await build();
};

/** Waits for all, also if one fails: no installer may still run when this process exits. Throws the first failure. */
const allEnded = async (promises) => {
  const results = await Promise.allSettled(promises);
  const failure = results.find(({ status }) => status === 'rejected');
  if (failure !== undefined) throw failure.reason;
};

/** Brings everything up to date, then runs the program with its arguments. */
export const main = async ([name, ...args]) => {
  if (!(name in PROGRAMS)) {
    console.error(`Usage: node local/bootstrap.mjs ${Object.keys(PROGRAMS).join('|')} [ARGUMENTS]`);
    process.exit(64);
  }
  const packages = PYTHON_PACKAGES[name] ?? [OWN_PACKAGES];
  try {
    await withLock(() => allEnded([installAndBuild(), ...packages.map(installPythonPackages)]));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error.details !== '') console.error(error.details);
    console.error(error.message);
    process.exit(1);
  }
  const program = PROGRAMS[name];
  if (program === undefined) return;
  const options = NUMBER_OPTIONS[name];
  if (name === 'faults') process.env[options.variables.seconds] = FAULT_SECONDS;
  if (name === 'fuzz') process.env[options.variables.seconds] = FUZZ_SECONDS;
  execNode([
    ...program,
    ...(options === undefined ? args : takeNumberOptions(options.script, options.variables, args)),
  ]);
};
