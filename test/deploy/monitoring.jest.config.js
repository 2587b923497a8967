import { shared } from '../../jest.config.js';

/** Prometheus itself with the files of deploy/; `npm run test:monitoring`. Needs a Prometheus, takes four minutes. */
export default {
  ...shared,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/deploy/*.monitoring.ts'],
  testTimeout: 300_000,
};
