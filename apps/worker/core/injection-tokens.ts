/** The names of all Redis keys ({@link JobKeys}). */
export const JOB_KEYS = Symbol('JobKeys');
/** How Senza is started ({@link Launcher}). */
export const SENZA_LAUNCHER = Symbol('SenzaLauncher');
/** What the steps of all jobs share ({@link StepServices}). */
export const STEP_SERVICES = Symbol('StepServices');
