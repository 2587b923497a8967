import { Rests } from '#fairness';

/** How much longer a job is delayed for each other one that got no slot lately, and the limit, in milliseconds. */
const DELAY_PER_JOB_MS = 250;
const MAX_DELAY_MS = 30_000;
/** The niceness of the commands of a user with several jobs: they get a seventieth of the processor that others get (sched(7)). */
const NICENESS_OF_SEVERAL_JOBS = 19;
/**
 * How long a command keeps a processor busy with what has no lower priority, in milliseconds: its start, the worker's own part, Redis.
 * Measured with dry runs of a bare stack.
 */
const WORK_OF_COMMAND_MS = 60;

/**
 * Shares the slots of a worker between users. When all slots are taken, the first job of each further user runs as well, up to twice the
 * number of slots, so no user waits until the jobs of another have finished. A slot that becomes free wakes a job of the user with the
 * fewest running jobs. While other users are active, a user with several jobs rests between those that run commands ({@link Rests}),
 * because a series of short jobs would occupy the processor.
 */
export class FairSlots {
  private readonly running = new Map<string, number>();
  private total = 0;
  /**
   * By user, the jobs that got no slot, with the time; the oldest first. The users are in the order of their last slot. Another worker
   * can have run such a job since.
   */
  private readonly refused = new Map<string, Map<string, number>>();
  private readonly rests: Rests;
  /** Jobs that have run no command in their slot yet, with the function that cancels the rest of their users. */
  private readonly withoutCommand = new Map<string, () => void>();
  /** The users of whom a job is woken when they have rested. */
  private readonly woken = new Set<string>();

  /**
   * @param slots how many jobs run at the same time, not counting the first jobs of further users
   * @param wake has a job delivered again; resolves to false when it does not wait any more, and never rejects
   * @param now the process's monotonic clock, in milliseconds
   */
  constructor(
    private readonly slots: number,
    private readonly wake: (id: string) => Promise<boolean>,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.rests = new Rests(now);
  }

  /** How many jobs run at the same time at most. */
  static limit(slots: number): number {
    return 2 * slots;
  }

  /** How many users rest after their jobs. */
  get resting(): number {
    return this.rests.count;
  }

  /** Takes a slot for a job of this user. @returns null, or after how many milliseconds to try again */
  take(user: string, id: string): number | null {
    this.rests.seen(user);
    const refused = this.refused.get(user) ?? new Map<string, number>();
    refused.delete(id);
    for (const [each, at] of refused) {
      if (this.now() - at <= MAX_DELAY_MS) break;
      refused.delete(each);
    }
    const isResting = this.isResting(user, refused.size);
    if (isResting || !this.hasSlotFor(user)) {
      this.refused.set(user, refused.set(id, this.now()));
      if (isResting) this.wakeAfterRest(user);
      // The more jobs wait, the rarer each tries: a slot that becomes free wakes one of them anyway.
      return Math.min(refused.size * DELAY_PER_JOB_MS, MAX_DELAY_MS);
    }
    this.refused.delete(user);
    if (refused.size > 0) this.refused.set(user, refused);
    this.running.set(user, this.runningOf(user) + 1);
    this.total += 1;
    // In advance: otherwise all jobs that are delivered before the first command would start at once.
    this.withoutCommand.set(id, this.rests.after(user, WORK_OF_COMMAND_MS));
    if (refused.size > 0) this.wakeAfterRest(user);
    return null;
  }

  /**
   * Notes that a job runs a command.
   * @returns its niceness (nice(2)): the commands of a user who has several jobs here, running or refused, cannot take the processor from
   * those of others
   */
  startCommand(user: string, id: string): { readonly niceness: number } {
    this.withoutCommand.delete(id);
    return { niceness: this.runningOf(user) > 1 || this.refused.has(user) ? NICENESS_OF_SEVERAL_JOBS : 0 };
  }

  /** Frees the slot of a job, and wakes the one that waits longest of the user who has the fewest running. */
  release(user: string, id: string): void {
    this.rests.seen(user);
    this.withoutCommand.get(id)?.();
    this.withoutCommand.delete(id);
    const running = this.runningOf(user) - 1;
    if (running === 0) this.running.delete(user);
    else this.running.set(user, running);
    this.total -= 1;
    void this.wakeNext();
  }

  private hasSlotFor(user: string): boolean {
    return this.total < (this.running.has(user) ? this.slots : FairSlots.limit(this.slots));
  }

  /** @param others how many other jobs of the user wait */
  private isResting(user: string, others: number): boolean {
    return this.runningOf(user) + others > 0 && this.rests.of(user) > 0;
  }

  /** Wakes one job. Those that other workers have run since are passed over: the slot would stay free. */
  private async wakeNext(): Promise<void> {
    let id = this.takeNext();
    while (id !== undefined && !(await this.wake(id))) id = this.takeNext();
  }

  private wakeAfterRest(user: string): void {
    if (this.woken.has(user)) return;
    this.woken.add(user);
    this.rests.whenOver(user, () => {
      this.woken.delete(user);
      if (this.refused.has(user)) void this.wakeNext();
    });
  }

  private takeNext(): string | undefined {
    const [user] = [...this.refused.keys()]
      .filter((each) => this.hasSlotFor(each) && !this.isResting(each, (this.refused.get(each)?.size ?? 0) - 1))
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
