import { setImmediate } from 'node:timers/promises';

interface Read<T> {
  readonly result: Promise<T>;
  hasStarted: boolean;
  /** The read for callers that came while this one ran. */
  following: Promise<T> | null;
}

/**
 * Combines equal concurrent reads. A caller that arrives while a read runs shares the next one, which starts after its arrival, so it
 * never sees an older state. A read starts after the other pending events of the process, so that callers that arrive together share it.
 *
 * Different reads wait for each other in the order of arrival. If all of them ran at once, their memory would survive the collections of
 * young objects, and V8 would collect the whole heap twice as often.
 */
export class SharedReads<T> {
  private readonly running = new Map<string, Read<T>>();
  private active = 0;
  /** What starts the reads that wait, in the order of their arrival. */
  private readonly waiting: (() => void)[] = [];

  /** @param limit how many reads run at the same time */
  constructor(private readonly limit = Infinity) {}

  /** @param key equal for reads with equal results; @param start of the first caller is called for all that share its read */
  async read(key: string, start: () => Promise<T>): Promise<T> {
    const current = this.running.get(key);
    if (current === undefined) return await this.start(key, start);
    if (!current.hasStarted) return await current.result;
    current.following ??= current.result.then(
      () => this.start(key, start),
      () => this.start(key, start),
    );
    return await current.following;
  }

  private async start(key: string, start: () => Promise<T>): Promise<T> {
    const result = setImmediate().then(async () => {
      await this.turn();
      read.hasStarted = true;
      try {
        return await start();
      } catch (error) {
        // Those that wait could fail one after the other, each after the same timeout.
        this.startWaiting(Infinity);
        throw error;
      } finally {
        this.active -= 1;
        this.startWaiting(this.limit);
      }
    });
    const read: Read<T> = { result, hasStarted: false, following: null };
    this.running.set(key, read);
    try {
      return await read.result;
    } finally {
      if (read.following === null) this.running.delete(key);
    }
  }

  private async turn(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.waiting.push(resolve);
      this.startWaiting(this.limit);
    });
  }

  private startWaiting(limit: number): void {
    while (this.active < limit) {
      const start = this.waiting.shift();
      if (start === undefined) return;
      this.active += 1;
      start();
    }
  }
}
