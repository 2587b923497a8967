// `npm run test:browser`: tests that need a Chromium (Debian's `chromium`), and so are no part of `npm test`.
import { shared, TEST_TIMEOUT_MS } from '../../jest.config.js';

export default {
  ...shared,
  testTimeout: TEST_TIMEOUT_MS,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/browser/*.browser.ts'],
};
