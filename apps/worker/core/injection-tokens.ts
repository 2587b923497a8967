/** The names of all Redis keys ({@link JobKeys}). */
export const JOB_KEYS = Symbol('JobKeys');
/** What the steps of all jobs share ({@link StepServices}). */
export const STEP_SERVICES = Symbol('StepServices');
/** The budget of calls to AWS that all workers share (`TokenBucket`). */
export const AWS_BUDGET = Symbol('AwsBudget');
