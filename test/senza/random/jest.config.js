// `npm run test:senza-random -- --seed N --count N`: random commands of Senza, warm and cold. No part of `npm test`.
import { shared } from '../../../jest.config.js';

export default {
  ...shared,
  rootDir: '../../..',
  testMatch: ['<rootDir>/test/senza/random/*.random.ts'],
};
