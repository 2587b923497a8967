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

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // The `source` condition makes `#jobs` and the like resolve to the TypeScript sources.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    // Threads load no TypeScript: the fixture compiles them.
    '^\\./thread-entry\\.js$': '<rootDir>/libs/definition/parser/thread-entry.fixture.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/.local/',
    '<rootDir>/.venv/',
    '<rootDir>/.venv-lizzy-client/',
    '<rootDir>/.venv-deploy/',
  ],
  testMatch: ['<rootDir>/{apps,libs,local,test}/**/*.spec.ts'],
  transform: { '\\.ts$': ['@swc/jest', swc] },
  testTimeout: 60_000,
  // The tests of processes mostly wait, for leases and for stacks: more of them than processors go together.
  maxWorkers: 4,
};
