/** The claim is no longer ours: another worker has the job, and all further writes are rejected. */
export class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError';

  constructor(id: string) {
    super(`the claim of job ${id} is lost to another worker`);
  }
}
