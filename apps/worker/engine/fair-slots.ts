/** How much longer a job is delayed for each other one that got no slot lately, and the limit, in milliseconds. */
const DELAY_PER_JOB_MS = 250;
const MAX_DELAY_MS = 30_000;
/** The niceness of the commands of a user with several jobs: they get a seventieth of the processor that others get (sched(7)). */
const NICENESS_OF_SEVERAL_JOBS = 19;

/**
 * Shares the slots of a worker between users. The first job of each user runs in addition to the slots, which the jobs of
 * others can all occupy, as long as that at most doubles the number of jobs: so no user's jobs wait until those of another have
 * finished. A slot that becomes free wakes a job of the user who has the fewest running.
 */
export class FairSlots {
  private readonly running = new Map<string, number>();
  private total = 0;
  /**
   * When each job of a user was refused, the longest ago first; the users in the order in which they took their last slot.
   * Other workers can have run it since.
   */
  private readonly refused = new Map<string, Map<string, number>>();

  /**
   * @param slots how many jobs run at the same time, not counting the first jobs of further users
   * @param wake has a job delivered again; resolves to false when it does not wait any more, and never rejects
   * @param now the process's monotonic clock, in milliseconds
   */
  constructor(
    private readonly slots: number,
    private readonly wake: (id: string) => Promise<boolean>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** How many jobs run at the same time at most. */
  static limit(slots: number): number {
    return 2 * slots;
  }

  /** Takes a slot for a job of this user. @returns null, or after how many milliseconds to try again */
  take(user: string, id: string): number | null {
    const refused = this.refused.get(user) ?? new Map<string, number>();
    refused.delete(id);
    for (const [each, at] of refused) {
      if (this.now() - at <= MAX_DELAY_MS) break;
      refused.delete(each);
    }
    if (!this.hasSlotFor(user)) {
      this.refused.set(user, refused.set(id, this.now()));
      // The more jobs wait, the rarer each tries: a slot that becomes free wakes one of them anyway.
      return Math.min(refused.size * DELAY_PER_JOB_MS, MAX_DELAY_MS);
    }
    this.refused.delete(user);
    if (refused.size > 0) this.refused.set(user, refused);
    this.running.set(user, this.runningOf(user) + 1);
    this.total += 1;
    return null;
  }

  /** Frees a slot of this user, and wakes the job that waits longest of the user who has the fewest running. */
  release(user: string): void {
    const running = this.runningOf(user) - 1;
    if (running === 0) this.running.delete(user);
    else this.running.set(user, running);
    this.total -= 1;
    void this.wakeNext();
  }

  /**
   * The niceness (nice(2)) of a command of this user: the jobs of a user who has several here, running or refused, cannot take the
   * processor from those of others.
   */
  nicenessOf(user: string): number {
    return this.runningOf(user) > 1 || this.refused.has(user) ? NICENESS_OF_SEVERAL_JOBS : 0;
  }

  private hasSlotFor(user: string): boolean {
    return this.total < (this.running.has(user) ? this.slots : FairSlots.limit(this.slots));
  }

  /** Wakes one job. Those that other workers have run since are passed over: the slot would stay free. */
  private async wakeNext(): Promise<void> {
    let id = this.takeNext();
    while (id !== undefined && !(await this.wake(id))) id = this.takeNext();
  }

  private takeNext(): string | undefined {
    const [user] = [...this.refused.keys()]
      .filter((each) => this.hasSlotFor(each))
      .toSorted((one, other) => this.runningOf(one) - this.runningOf(other));
    if (user === undefined) return undefined;
    const refused = this.refused.get(user);
    const [id] = refused?.keys() ?? [];
    if (id !== undefined) refused?.delete(id);
    if (refused?.size === 0) this.refused.delete(user);
    return id;
  }

  private runningOf(user: string): number {
    return this.running.get(user) ?? 0;
  }
}
