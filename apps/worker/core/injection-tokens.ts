/** The names of all Redis keys ({@link JobKeys}). */
export const JOB_KEYS = Symbol('JobKeys');
/** What the steps of all jobs share ({@link StepServices}). */
export const STEP_SERVICES = Symbol('StepServices');
