/** The validated configuration of this worker process ({@link WorkerConfig}). */
export const WORKER_CONFIG = Symbol('WorkerConfig');
/** Reports unexpected errors ({@link ErrorReporter}). */
export const ERROR_REPORTER = Symbol('ErrorReporter');
/** The names of all Redis keys ({@link JobKeys}). */
export const JOB_KEYS = Symbol('JobKeys');
/** How Senza is started ({@link Launcher}). */
export const SENZA_LAUNCHER = Symbol('SenzaLauncher');
/** What the steps of all jobs share ({@link StepServices}). */
export const STEP_SERVICES = Symbol('StepServices');
