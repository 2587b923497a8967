import { Rests } from '#fairness';
import { type Definition } from '../definition.js';
import { DefinitionError } from '../errors/definition-error.js';
import { FairQueue } from './fair-queue.js';
import { definitionOf } from './messages.js';
import { ParseThread } from './thread.js';

/** How much processor time parsing can take, in milliseconds. The largest real definitions take a tenth of it. */
const TIME_LIMIT_MS = 250;
/** A text that takes longer is parsed once more, since the code of a new thread is not compiled yet. */
const SECOND_TIME_LIMIT_MS = 1_000;
const THREADS = 2;
/** How many definitions are kept, since a request and its job's steps need the same one. */
const CACHE_SIZE = 16;

interface ParserOptions {
  readonly threads?: number;
  readonly timeLimitsMs?: readonly number[];
}

interface Task {
  readonly user: string;
  readonly text: string;
  readonly resolve: (definition: Definition) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Parses definitions in threads, so that no text blocks the event loop, one at a time for each user, and in turn for all of them. A
 * user whose definitions take long rests after each of them while others are here ({@link Rests}).
 */
export class DefinitionParser {
  private readonly idle: ParseThread[] = [];
  private readonly all = new Set<ParseThread>();
  private readonly queue = new FairQueue<Task>();
  /** The users whose definitions are being parsed. */
  private readonly served = new Set<string>();
  private readonly rests = new Rests();
  private readonly known = new Map<string, Promise<Definition>>();
  private readonly threads: number;
  private readonly timeLimitsMs: readonly number[];
  private isClosed = false;

  constructor(options: ParserOptions = {}) {
    this.threads = options.threads ?? THREADS;
    this.timeLimitsMs = options.timeLimitsMs ?? [TIME_LIMIT_MS, SECOND_TIME_LIMIT_MS];
  }

  /** How many users rest after their definitions. */
  get resting(): number {
    return this.rests.count;
  }

  /** Starts a thread, so that the first definition does not wait for it. */
  start(): void {
    if (this.all.size === 0) this.idle.push(this.newThread());
  }

  /**
   * Reads a definition as {@link parseDefinition} does.
   *
   * @param user whose turn it is.
   * @throws {DefinitionError} also `too_complex` when it takes too long.
   */
  async parse(text: string, user = ''): Promise<Definition> {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const definition = new Promise<Definition>((resolve, reject) => {
      this.rests.seen(user);
      this.queue.add(user, { user, text, resolve, reject });
    });
    this.remember(text, definition);
    this.dispatch();
    return definition;
  }

  /** Ends the threads. Definitions that are not parsed yet are given up. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const { reject } of this.queue.clear()) reject(new Error('The parser of definitions is closed'));
    await Promise.all([...this.all].map((thread) => thread.close()));
  }

  private remember(text: string, definition: Promise<Definition>): void {
    this.known.set(text, definition);
    const [oldest] = this.known.keys();
    if (this.known.size > CACHE_SIZE && oldest !== undefined) this.known.delete(oldest);
    definition.catch(() => this.known.delete(text));
  }

  private dispatch(): void {
    while (!this.isClosed && (this.idle.length > 0 || this.all.size < this.threads)) {
      const task = this.queue.take((user) => this.served.has(user) || this.rests.of(user) > 0);
      if (task === undefined) return;
      this.served.add(task.user);
      const thread = this.idle.pop() ?? this.newThread();
      const startedAt = performance.now();
      this.run(thread, task)
        .then(task.resolve, task.reject)
        .finally(() => {
          this.served.delete(task.user);
          this.rests.after(task.user, performance.now() - startedAt);
          this.dispatch();
          this.rests.whenOver(task.user, () => {
            this.dispatch();
          });
        });
    }
  }

  private async run(first: ParseThread, { text }: Task): Promise<Definition> {
    let thread = first;
    for (const [attempt, limitMs] of this.timeLimitsMs.entries()) {
      if (attempt > 0) thread = this.newThread();
      const outcome = await thread.parse(text, limitMs).catch((error: unknown) => {
        this.all.delete(thread);
        throw error;
      });
      if (outcome.type !== 'timeout') {
        this.idle.push(thread);
        return definitionOf(outcome);
      }
      this.all.delete(thread);
    }
    throw new DefinitionError('too_complex', 'The definition takes too long to read: make it smaller and flatter', {
      position: { line: 1, column: 1 },
    });
  }

  private newThread(): ParseThread {
    const thread = new ParseThread();
    this.all.add(thread);
    return thread;
  }
}
