// `npm run test:senza-random -- --seed N --count N`: commands of Senza, warm and cold: the
// recorded ones, and random ones. They take minutes, so that they are no part of `npm test`; .ci/run runs them.
import { shared } from '../../../jest.config.js';

export default {
  ...shared,
  rootDir: '../../..',
  testMatch: ['<rootDir>/test/senza/random/*.random.ts'],
  // Both files at the same time: a command that starts cold occupies one processor.
  maxWorkers: 2,
};
