import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Answer, answerSchema, type ParseAnswer } from './messages.js';
import { processorTimeMs } from './thread-clock.js';
import { threadEntry } from './thread-entry.js';

/** Memory of a thread, in MiB. A definition of 256 KiB needs a tenth. */
const MEMORY_LIMIT_MB = 128;
/** Room for new objects, in MiB: a parse makes many and drops most. With 48, a thread keeps 20 MB more and is not faster. */
const YOUNG_MEMORY_MB = 24;

/** How much longer than its processor time a parse can take when other processes use the processor. */
const WALL_TIME_FACTOR = 20;

/** The outcome of a parse. `timeout`: it took too long or too much memory, and the thread has ended. */
export type ParseOutcome = ParseAnswer | { readonly type: 'timeout' };

/** A thread that parses one definition at a time. It ends with its process and does not keep it alive while idle. */
export class ParseThread {
  private readonly worker: Worker;
  private readonly ready: Promise<Answer>;
  private settle: ((answer: Answer) => void) | undefined;
  private fail: ((error: unknown) => void) | undefined;

  constructor() {
    this.worker = new Worker(threadEntry, {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MB, maxYoungGenerationSizeMb: YOUNG_MEMORY_MB },
      env: {},
    });
    this.worker.on('message', (message: unknown) => this.settle?.(answerSchema.parse(message)));
    this.worker.on('error', (error: unknown) => this.fail?.(error));
    this.worker.on('exit', () => this.fail?.(new Error('The thread that parses definitions has ended')));
    this.ready = this.nextAnswer();
    // The first parse fails when the thread cannot start.
    this.ready.catch(() => undefined);
    this.worker.unref();
  }

  /**
   * Parses a text.
   *
   * @param limitMs processor time for the parsing. A busy machine stretches it up to {@link WALL_TIME_FACTOR} times.
   */
  async parse(text: string, limitMs: number): Promise<ParseOutcome> {
    this.worker.ref();
    const timer = new AbortController();
    try {
      const ready = await this.ready;
      const answer = this.nextAnswer();
      const late = timeLimit(ready.type === 'ready' ? ready.threadId : null, limitMs, timer.signal);
      this.worker.postMessage(text);
      const outcome = await Promise.race([answer.then(withoutReady, outOfMemory), late]);
      if (outcome.type === 'timeout') await this.close();
      return outcome;
    } finally {
      timer.abort();
      this.worker.unref();
    }
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private nextAnswer(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
    });
  }
}

function withoutReady(answer: Answer): ParseAnswer {
  return answer.type === 'ready' ? { type: 'failed', message: 'the thread started twice' } : answer;
}

function outOfMemory(error: unknown): ParseOutcome {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')
    return { type: 'timeout' };
  throw error;
}

async function timeLimit(threadId: string | null, limitMs: number, signal: AbortSignal): Promise<ParseOutcome> {
  const start = performance.now();
  const startOfThread = processorTimeMs(threadId);
  for (let rest = limitMs; rest > 0 && performance.now() - start < limitMs * WALL_TIME_FACTOR;) {
    await sleep(rest, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const now = processorTimeMs(threadId);
    rest = now === null || startOfThread === null ? 0 : limitMs - (now - startOfThread);
  }
  return { type: 'timeout' };
}
