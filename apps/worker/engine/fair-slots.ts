/** How much longer a job is delayed for each other one that got no slot lately, and the limit, in milliseconds. */
const DELAY_PER_JOB_MS = 250;
const MAX_DELAY_MS = 30_000;

/**
 * Shares the slots of a worker between users: one user's jobs occupy all but one, so that a job of another user that runs
 * nothing here never waits for them. The worker has one slot more than a user can occupy.
 */
export class FairSlots {
  private readonly running = new Map<string, number>();
  /** When each job of a user was refused, the longest ago first. Other workers can have run it since. */
  private readonly refused = new Map<string, Map<string, number>>();

  /**
   * @param slotsPerUser how many jobs of one user run at the same time
   * @param wake has a job delivered again
   * @param now the process's monotonic clock, in milliseconds
   */
  constructor(
    private readonly slotsPerUser: number,
    private readonly wake: (id: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes a slot for a job of this user. @returns null, or after how many milliseconds to try again */
  take(user: string, id: string): number | null {
    const running = this.running.get(user) ?? 0;
    const refused = this.refused.get(user) ?? new Map<string, number>();
    refused.delete(id);
    for (const [each, at] of refused) {
      if (this.now() - at <= MAX_DELAY_MS) break;
      refused.delete(each);
    }
    if (running >= this.slotsPerUser) {
      this.refused.set(user, refused.set(id, this.now()));
      // The more jobs wait, the rarer each tries: a slot that becomes free wakes one of them anyway.
      return Math.min(refused.size * DELAY_PER_JOB_MS, MAX_DELAY_MS);
    }
    if (refused.size === 0) this.refused.delete(user);
    this.running.set(user, running + 1);
    return null;
  }

  /** Frees a slot of this user, and wakes the job of this user that waits longest. */
  release(user: string): void {
    const running = (this.running.get(user) ?? 1) - 1;
    if (running === 0) this.running.delete(user);
    else this.running.set(user, running);
    const refused = this.refused.get(user);
    const [next] = refused?.keys() ?? [];
    if (next === undefined) return;
    refused?.delete(next);
    if (refused?.size === 0) this.refused.delete(user);
    this.wake(next);
  }
}
