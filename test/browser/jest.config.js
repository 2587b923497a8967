// `npm run test:browser`: tests that need a Chromium (Debian's `chromium`), and so are no part of `npm test`.
import base from '../../jest.config.js';

export default { ...base, rootDir: '../..', testMatch: ['<rootDir>/test/browser/*.browser.ts'] };
