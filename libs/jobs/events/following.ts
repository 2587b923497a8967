import { setTimeout as sleep } from 'node:timers/promises';
import { isRedisUnavailable } from '#redis';

/** How long a follower waits for an event before it returns an empty batch, in milliseconds. */
const TICK_MS = 15_000;
/** Delay before events are read again when Redis was unavailable, in milliseconds. */
const RETRY_MS = 1_000;

/** From where to follow. `after`: the id of the last event that is known already, 0 for the beginning. */
export interface FollowOptions {
  readonly after: number;
  /** Ends the iteration. */
  readonly signal: AbortSignal;
}

/** What is followed. */
interface FollowedStream<T> extends FollowOptions {
  readonly read: (after: number) => Promise<readonly T[]>;
  /** Calls `wake` when there may be something new, until the returned function is called. */
  readonly subscribe: (wake: () => void) => () => void;
  /** Whether this event is the last one. */
  readonly isLast: (entry: T) => boolean;
}

/**
 * Follows one stream. A class rather than a generator, which would keep its last batch in memory while it waits: thousands
 * of followers wait at the same time.
 */
export class Following<T extends { readonly id: number }> implements AsyncIterableIterator<readonly T[]> {
  private last: number;
  private isOver = false;
  private unsubscribe: (() => void) | null = null;
  private readonly notifier = new Notifier();

  constructor(private readonly stream: FollowedStream<T>) {
    this.last = stream.after;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<readonly T[], undefined>> {
    this.subscribe();
    while (!this.isOver && !this.stream.signal.aborted) {
      if (!(await this.notifier.wait(TICK_MS))) return { value: [] };
      const entries = await this.read();
      const end = entries?.at(-1);
      // There may be more than one batch.
      if (entries === null || end !== undefined) this.notifier.notify();
      if (entries === null || end === undefined) continue;
      this.last = end.id;
      this.isOver = this.stream.isLast(end);
      return { value: entries };
    }
    return await this.return();
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.isOver = true;
    this.unsubscribe?.();
    this.unsubscribe = null;
    this.notifier.notify();
    return Promise.resolve({ done: true, value: undefined });
  }

  private subscribe(): void {
    if (this.isOver || this.unsubscribe !== null) return;
    const { signal } = this.stream;
    const wake = (): void => {
      this.notifier.notify();
    };
    const unsubscribe = this.stream.subscribe(wake);
    signal.addEventListener('abort', wake);
    this.unsubscribe = () => {
      unsubscribe();
      signal.removeEventListener('abort', wake);
    };
    wake();
  }

  /** The next batch; null when Redis was unavailable. */
  private async read(): Promise<readonly T[] | null> {
    try {
      return await this.stream.read(this.last);
    } catch (error) {
      if (!isRedisUnavailable(error)) {
        await this.return(); // `for await` does not, when `next` has failed.
        throw error;
      }
      await sleep(RETRY_MS, undefined, { signal: this.stream.signal }).catch(() => undefined);
      return null;
    }
  }
}

/** Remembers a notification until it was waited for. */
class Notifier {
  private isNotified = false;
  private wake: () => void = () => undefined;

  notify(): void {
    this.isNotified = true;
    this.wake();
  }

  /** Waits for a notification, for `milliseconds` at most. @returns whether there was one */
  async wait(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    if (!this.isNotified) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, milliseconds);
      });
      clearTimeout(timer);
    }
    const { isNotified } = this;
    this.isNotified = false;
    return isNotified;
  }
}
