/** How long the event loop has been busy since the process started, in milliseconds. */
function busyMs(): number {
  return performance.eventLoopUtilization().active;
}

/**
 * Divides the time for which the event loop was busy equally between the turns that were active in it. There is no way to measure
 * the time of one of them alone.
 */
export class BusyShares {
  private active = 0;
  /** What a turn would have got that is active since the beginning, in milliseconds. */
  private shareMs = 0;
  private measuredAt = busyMs();

  /** A turn begins. @returns ends it, and returns its share in milliseconds */
  begin(): () => number {
    this.measure();
    this.active += 1;
    const before = this.shareMs;
    return () => {
      this.measure();
      this.active -= 1;
      return this.shareMs - before;
    };
  }

  private measure(): void {
    const now = busyMs();
    if (this.active > 0) this.shareMs += (now - this.measuredAt) / this.active;
    this.measuredAt = now;
  }
}
