/** The options of a run of the suite; `npm run test:faults -- --seed N --seconds S` sets both. */
export interface SuiteOptions {
  /** Selects the submitted jobs and the faults, their order and times. */
  readonly seed: number;
  /** For how long jobs are submitted and faults are injected. */
  readonly seconds: number;
  /** Whether everything runs, not only what there is time for in `npm test`. */
  readonly thorough: boolean;
}

/** `npm test` repeats the same choices: it fails because of a change, not because of new random numbers. */
const IN_NPM_TEST = { seconds: 20, seed: 1 } as const;
const SEEDS = 1_000_000;

/** The options of this run. */
export function suiteOptions(): SuiteOptions {
  const thorough = process.env['LIZZY_FAULTS_SECONDS'] !== undefined;
  return {
    seed: Number(process.env['LIZZY_FAULTS_SEED'] ?? (thorough ? Date.now() % SEEDS : IN_NPM_TEST.seed)),
    seconds: Number(process.env['LIZZY_FAULTS_SECONDS'] ?? IN_NPM_TEST.seconds),
    thorough,
  };
}
