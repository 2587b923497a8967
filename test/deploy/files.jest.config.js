import { shared, TEST_TIMEOUT_MS } from '../../jest.config.js';

/**
 * The files that people copy and the programs that they generate: `deploy/`, `docker-compose.yml`, `examples/pipelines`, clients made from
 * the OpenAPI document; `npm run test:deploy`. They say little about a change of the code, so that they are no part of `npm test`.
 */
export default {
  ...shared,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/deploy/**/*.spec.ts', '<rootDir>/test/generated-clients/**/*.spec.ts'],
  testTimeout: TEST_TIMEOUT_MS,
  maxWorkers: 3,
};
