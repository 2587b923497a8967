/** Ends a job as superseded: a traffic change that was submitted later has been applied. */
export class JobSupersededError extends Error {
  override readonly name = 'JobSupersededError';

  /** @param by the id of the job with the later change */
  constructor(
    readonly by: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}
