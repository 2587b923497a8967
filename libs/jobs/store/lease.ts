/** How long a claim is valid without renewal, in milliseconds of Redis's clock. */
export const LEASE_MS = 15_000;
/** How often a claim is renewed, in milliseconds. */
export const LEASE_RENEWAL_MS = 4_000;

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/**
 * How long a worker may run commands for a job, by the monotonic clock of its machine (it advances while a process is frozen).
 * Counted from before the renewal was sent: it never ends later than the lease in Redis.
 */
export class Lease {
  private deadline: bigint;
  private readonly listeners = new Set<() => void>();

  /** @param requestedAtNs when the claim was requested, `process.hrtime.bigint()` */
  constructor(requestedAtNs: bigint) {
    this.deadline = requestedAtNs + BigInt(LEASE_MS) * NANOSECONDS_PER_MILLISECOND;
  }

  /** Until when running commands is safe, in nanoseconds as of `process.hrtime.bigint()`. */
  get deadlineNs(): bigint {
    return this.deadline;
  }

  /** Calls the listener after each renewal, until the returned function is called. */
  onRenewed(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Records a renewal that was requested at this time. */
  renewedAt(requestedAtNs: bigint): void {
    this.deadline = requestedAtNs + BigInt(LEASE_MS) * NANOSECONDS_PER_MILLISECOND;
    for (const listener of this.listeners) listener();
  }
}
