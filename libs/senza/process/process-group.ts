/** Sends a signal to all processes of a group; false when there are none left. */
function signalGroup(pgid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pgid, signal);
    return true;
  } catch {
    // ESRCH: no such group. EPERM cannot be: the group's processes are this user's.
    return false;
  }
}

/** Between SIGTERM and SIGKILL: a cancelled command must be gone within two seconds. */
const GRACE_MS = 1500;
/** How long output is read that processes outside of the group hold open. */
const ABANDON_MS = 1000;

/** Why a running command was ended. */
export type EndingReason = 'timed_out' | 'cancelled' | 'output_too_long';

/** Ends a process group, once: SIGTERM to all of it, later SIGKILL. */
export class ProcessGroupTerminator {
  private firstReason: EndingReason | undefined;
  private readonly timers: NodeJS.Timeout[] = [];

  /** @param onAbandoned closes the output when processes outside of the group still hold it */
  constructor(
    private readonly pgid: number,
    private readonly onAbandoned: () => void,
  ) {}

  /** The reason given first; undefined while no termination was requested. */
  get reason(): EndingReason | undefined {
    return this.firstReason;
  }

  /** Requests the end. Later calls change nothing. */
  end(reason: EndingReason): void {
    if (this.firstReason !== undefined) return;
    this.firstReason = reason;
    signalGroup(this.pgid, 'SIGTERM');
    this.timers.push(
      setTimeout(() => {
        signalGroup(this.pgid, 'SIGKILL');
      }, GRACE_MS),
    );
  }

  /** Requests the end after the given number of milliseconds. */
  endAfter(milliseconds: number): void {
    this.timers.push(
      setTimeout(() => {
        this.end('timed_out');
      }, milliseconds),
    );
  }

  /**
   * The command has exited: kills what it left running in its group. Output that processes outside of the group hold
   * open is read for {@link ABANDON_MS} only.
   */
  finish(): void {
    this.clear();
    signalGroup(this.pgid, 'SIGKILL');
    this.timers.push(setTimeout(this.onAbandoned, ABANDON_MS));
  }

  /** Cancels all timers. */
  clear(): void {
    this.timers.splice(0).forEach(clearTimeout);
  }
}
