/** What a run of the suite is asked to do; `npm run test:faults -- --seed N --seconds S` sets both. */
export interface SuiteOptions {
  /** Which work is submitted and which faults are done, in which order and when. */
  readonly seed: number;
  /** For how long work is submitted and faults are done. */
  readonly seconds: number;
  /** Whether all is played that can be, not only what there is time for in `npm test`. */
  readonly thorough: boolean;
}

const SECONDS_IN_NPM_TEST = 20;
const SEEDS = 1_000_000;

/** The options of this run. */
export function suiteOptions(): SuiteOptions {
  return {
    seed: Number(process.env['LIZZY_FAULTS_SEED'] ?? Date.now() % SEEDS),
    seconds: Number(process.env['LIZZY_FAULTS_SECONDS'] ?? SECONDS_IN_NPM_TEST),
    thorough: process.env['LIZZY_FAULTS_SECONDS'] !== undefined,
  };
}
