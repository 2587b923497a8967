/** Between two pings, in milliseconds. */
const INTERVAL_MS = 2000;
/** Pings in a row without an answer. Several: a worker that was frozen itself reads the answers after it has woken up. */
const MAX_UNANSWERED = 3;
/** For a process that is not stopped: on a machine without processor time to spare it answers late, with its commands intact. */
const MAX_UNANSWERED_WHILE_RUNNING = 30;

/** What {@link Pings} calls. */
export interface Pinged {
  send(): void;
  /** Whether the process is stopped by a signal, so that it will not answer. */
  isStopped(): boolean;
  /** Called once, when it does not answer any more. */
  onSilence(): void;
}

/** Finds out that another process does not answer any more: within eight seconds when it is stopped, within a minute otherwise. */
export class Pings {
  private unanswered = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly pinged: Pinged) {}

  start(): void {
    this.timer = setInterval(() => {
      if (this.isSilent()) {
        this.stop();
        this.pinged.onSilence();
        return;
      }
      this.unanswered += 1;
      this.pinged.send();
    }, INTERVAL_MS).unref();
  }

  /** To be called with each answer. */
  answer(): void {
    this.unanswered = 0;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private isSilent(): boolean {
    if (this.unanswered < MAX_UNANSWERED) return false;
    return this.unanswered >= MAX_UNANSWERED_WHILE_RUNNING || this.pinged.isStopped();
  }
}
