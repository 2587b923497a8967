/** How often a lasting problem is logged, in milliseconds. */
const REPEAT_AFTER_MS = 60_000;
/** How many problems are remembered. */
const MAX_KNOWN = 100;

/** Limits the log lines about a problem that lasts, and is noticed many times a second, to one a minute. */
export class LogInterval {
  private readonly loggedAt = new Map<string, number>();

  /** @param now the time in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Whether a line about this problem is due; then it counts as logged.
   * @param problem tells problems apart that are limited on their own
   */
  isDue(problem = ''): boolean {
    const now = this.now();
    if (now - (this.loggedAt.get(problem) ?? -Infinity) < REPEAT_AFTER_MS) return false;
    if (this.loggedAt.size >= MAX_KNOWN) this.loggedAt.clear();
    this.loggedAt.set(problem, now);
    return true;
  }

  /** Makes the next line about any problem due: what is noticed from now on is a new one. */
  reset(): void {
    this.loggedAt.clear();
  }
}
