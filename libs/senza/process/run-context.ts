/** The worker's claim of the job that a command runs for. A command never outlives it. */
export interface Lease {
  /** When the claim ends if it is not renewed: CLOCK_MONOTONIC nanoseconds, as `process.hrtime.bigint()` counts. */
  readonly deadlineNs: bigint;
  /** Calls the listener after each renewal, when `deadlineNs` has grown. Returns a function that removes the listener. */
  onRenewed(listener: () => void): () => void;
}

/** Where a line of output came from. Without a terminal Senza writes its messages to `stderr`. */
export type OutputStream = 'stdout' | 'stderr';

/** The job's side of one command. */
export interface RunContext {
  /** Terminates the command: its process group has exited within two seconds, the error's code is `cancelled`. */
  readonly signal: AbortSignal;
  /** Without a lease, for checks that belong to no job, the command's timeout is the deadline. */
  readonly lease?: Lease;
  /** Called before the command starts, with the command for display, redacted. */
  readonly onStart?: (command: string) => void;
  /** Called with each line while the command runs: redacted, without control characters and without its newline. */
  readonly onLine?: (stream: OutputStream, line: string) => void;
  /** Added to the niceness of the worker (nice(2)); 0 when missing. */
  readonly niceness?: number;
  /** Milliseconds; `SenzaOptions.timeoutMs` when missing. */
  readonly timeoutMs?: number;
  /** Masks the values that must appear neither in lines nor in outputs nor in errors; see `makeRedaction`. */
  readonly mask?: (text: string) => string;
}
