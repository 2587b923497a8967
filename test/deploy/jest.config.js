import { shared } from '../../jest.config.js';

/** The images of the Dockerfile, carried out and run in directory trees; `npm run test:images`. Needs root on Debian. */
export default {
  ...shared,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/deploy/*.chroot.ts'],
  testTimeout: 600_000,
};
