/** How long a user counts as active after its last work, in milliseconds. */
const PRESENCE_MS = 10_000;
/** How many times as long as its work a user rests by default: its work takes a quarter of the time of one processor. */
const FACTOR = 3;
/** How long a user rests at most, in milliseconds: what took that long was not only its own work. */
const MAX_REST_MS = 2_000;

/** Knows which users are active. */
export class Presence {
  /** The user who was seen last, and the one before. */
  private last: { readonly user: string; readonly at: number } | null = null;
  private lastOther: { readonly user: string; readonly at: number } | null = null;

  /** @param now the process's monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Notes that a user has work. */
  seen(user: string): void {
    if (this.last !== null && this.last.user !== user) this.lastOther = this.last;
    this.last = { user, at: this.now() };
  }

  /** Whether no other user was seen lately. */
  isAlone(user: string): boolean {
    const other = this.last?.user === user ? this.lastOther : this.last;
    return other === null || this.now() - other.at > PRESENCE_MS;
  }
}

/**
 * Makes users rest after their work while other users are active, so that one user's work leaves most of the time to the others. A
 * user who is alone does not rest.
 */
export class Rests {
  /** Until when each user rests, the one that worked the longest ago first. */
  private readonly until = new Map<string, number>();

  /**
   * @param now the process's monotonic clock, in milliseconds
   * @param presence shared by several kinds of work of the same users
   */
  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly presence = new Presence(now),
  ) {}

  /** Notes that a user has work. */
  seen(user: string): void {
    this.presence.seen(user);
  }

  /** Whether no other user was seen lately. */
  isAlone(user: string): boolean {
    return this.presence.isAlone(user);
  }

  /**
   * Makes a user rest after work.
   * @param workMs how long the work took, in milliseconds
   * @param factor how many times as long it rests
   * @returns a function that cancels the rest, because the work did not happen
   */
  after(user: string, workMs: number, factor = FACTOR): () => void {
    const now = this.now();
    this.forgetEnded(now);
    if (this.isAlone(user)) return () => undefined;
    const from = Math.max(now, this.until.get(user) ?? now);
    const until = Math.min(from + workMs * factor, now + MAX_REST_MS);
    this.until.delete(user);
    this.until.set(user, until);
    return () => {
      const latest = this.until.get(user);
      if (latest !== undefined) this.until.set(user, latest - (until - from));
    };
  }

  /** How many users rest now. */
  get count(): number {
    return [...this.until.keys()].filter((user) => this.of(user) > 0).length;
  }

  /** How much longer a user rests, in milliseconds; 0 when it does not. */
  of(user: string): number {
    const rest = (this.until.get(user) ?? 0) - this.now();
    return rest <= 0 || this.isAlone(user) ? 0 : rest;
  }

  /** Calls a function when the rest of a user is over; at once if it does not rest. */
  whenOver(user: string, then: () => void): void {
    const rest = this.of(user);
    if (rest === 0) then();
    // The timer can be early, and the rest longer by then.
    else
      setTimeout(() => {
        this.whenOver(user, then);
      }, Math.ceil(rest)).unref();
  }

  private forgetEnded(now: number): void {
    for (const [user, until] of this.until) {
      if (until > now) return;
      this.until.delete(user);
    }
  }
}
