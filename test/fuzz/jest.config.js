// `npm run fuzz -- --seconds N`: generated requests and definitions, for N seconds each. No part of `npm test`.
import { shared } from '../../jest.config.js';

export default {
  ...shared,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/fuzz/*.fuzz.ts', '<rootDir>/libs/definition/yaml/parse-yaml.pyyaml.spec.ts'],
};
