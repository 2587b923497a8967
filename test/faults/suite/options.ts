/** The options of a run of the suite; `npm run test:faults -- --seed N --seconds S` sets both. */
export interface SuiteOptions {
  /** Selects the submitted jobs and the faults, their order and times. */
  readonly seed: number;
  /** For how long jobs are submitted and faults are injected. */
  readonly seconds: number;
  /** Whether everything runs, not only what there is time for in `npm test`. */
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
