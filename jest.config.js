import { bundledPackages } from './test/support/bundled-packages.mjs';

// Jest in ES module mode: NODE_OPTIONS=--experimental-vm-modules is set by local/bootstrap.mjs.
const swc = {
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'es6' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    keepClassNames: true,
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
};

/** What all projects share. */
export const shared = {
  testEnvironment: 'node',
  // The `source` condition makes `#jobs` and the like resolve to the TypeScript sources.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    // Threads load no TypeScript: the fixture compiles them.
    '^\\./thread-entry\\.js$': '<rootDir>/libs/definition/parser/thread-entry.fixture.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
    ...bundledPackages,
  },
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/.local/',
    '<rootDir>/.venv/',
    '<rootDir>/.venv-lizzy-client/',
    '<rootDir>/.venv-lizzy-2/',
    '<rootDir>/.venv-fuzz/',
    '<rootDir>/.venv-api-client/',
    '<rootDir>/.venv-deploy/',
  ],
  transform: { '\\.ts$': ['@swc/jest', swc] },
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
};

export const TEST_TIMEOUT_MS = 600_000;

const project = (displayName, testMatch, testPathIgnorePatterns = []) => ({
  ...shared,
  displayName,
  testMatch: testMatch.map((path) => `<rootDir>/${path}/**/*.spec.ts`),
  testPathIgnorePatterns: ['/node_modules/', ...testPathIgnorePatterns.map((path) => `<rootDir>/${path}/`)],
});

// Libraries whose specs start a Valkey, Senza or other processes.
const WITH_PROCESSES = ['libs/jobs', 'libs/redis', 'libs/senza'];

/** @type {import('jest').Config} */
export default {
  projects: [
    // `npm run test:PROJECT` runs one of them.
    project('unit', ['apps', 'libs'], WITH_PROCESSES),
    project('integration', [...WITH_PROCESSES, 'local', 'test/api', 'test/security', 'test/senza']),
    project('e2e', ['test/contract', 'test/e2e', 'test/lizzy-client', 'test/pipeline']),
    project('faults', ['test/faults']),
  ],
  testSequencer: './test/support/slow-first.mjs',
  // The tests of processes mostly wait, for leases and for stacks: more of them than processors run at the same time.
  maxWorkers: 7,
  testTimeout: TEST_TIMEOUT_MS,
};
