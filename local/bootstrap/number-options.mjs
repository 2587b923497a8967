import { parseArgs } from 'node:util';

/**
 * Puts the options of a suite, whole numbers, into the environment variables that it reads.
 *
 * @param script the name of the npm script, for the usage
 * @param variables the variable of each option
 * @returns the arguments for Jest: none
 */
export const takeNumberOptions = (script, variables, args) => {
  const options = Object.fromEntries(Object.keys(variables).map((name) => [name, { type: 'string' }]));
  try {
    for (const [name, value] of Object.entries(parseArgs({ args, options }).values)) {
      if (!/^[0-9]{1,9}$/.test(value)) throw new TypeError(`--${name} must be a whole number`);
      process.env[variables[name]] = value;
    }
  } catch (error) {
    const usage = Object.keys(variables).map((name) => `[--${name} N]`);
    console.error(`${error.message}\nUsage: npm run ${script} -- ${usage.join(' ')}`);
    process.exit(64);
  }
  return [];
};
