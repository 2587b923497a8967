import { parseArgs } from 'node:util';

const VARIABLES = { seed: 'LIZZY_FAULTS_SEED', seconds: 'LIZZY_FAULTS_SECONDS' };
const SECONDS = '60';

/** Takes `--seed N --seconds S` for the fault suite, which reads them from its environment. Gives no arguments for Jest. */
export const faultOptions = (args) => {
  process.env[VARIABLES.seconds] = SECONDS;
  const options = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, { type: 'string' }]));
  try {
    for (const [name, value] of Object.entries(parseArgs({ args, options }).values)) {
      if (!/^[0-9]{1,9}$/.test(value)) throw new TypeError(`--${name} must be a whole number`);
      process.env[VARIABLES[name]] = value;
    }
  } catch (error) {
    console.error(`${error.message}\nUsage: npm run test:faults -- [--seed N] [--seconds S]`);
    process.exit(64);
  }
  return [];
};
