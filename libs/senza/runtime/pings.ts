/** Between two pings, in milliseconds. */
const INTERVAL_MS = 2000;
/** Pings in a row without an answer. Several: a worker that was frozen itself reads the answers after it has woken up. */
const MAX_UNANSWERED = 3;

/** Detects within eight seconds that another process no longer responds. */
export class Pings {
  private unanswered = 0;
  private timer: NodeJS.Timeout | undefined;

  /** Takes what sends a ping, and what is called, once, when there is no answer. */
  constructor(
    private readonly send: () => void,
    private readonly onSilence: () => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      if (this.unanswered === MAX_UNANSWERED) {
        this.stop();
        this.onSilence();
        return;
      }
      this.unanswered += 1;
      this.send();
    }, INTERVAL_MS).unref();
  }

  /** To be called with each answer. */
  answer(): void {
    this.unanswered = 0;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
