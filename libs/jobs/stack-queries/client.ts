import { Queue, QueueEvents } from 'bullmq';
import pTimeout from 'p-timeout';
import { keyspace, type Redis } from '#redis';
import { STACK_QUERIES_QUEUE } from './worker.js';
import { type StackQueryResult, stackQueryResult, type StackQuery, type QueryOrigin } from './messages.js';

/** How often it is checked whether Redis is available and still has the query, in milliseconds. */
const RECHECK_MS = 2_000;

/** A worker logs unexpected errors and reports them; clients get no internals. */
const WORKER_FAILED = 'a worker has failed unexpectedly; its log says why';

/** What a worker has returned, or why it could not. */
type QueryOutcome = { readonly returned: unknown } | { readonly failed: string };

/**
 * Waits until a worker has finished a query. The queue's events report it; polling compensates for lost events.
 *
 * BullMQ's own `Job.waitUntilFinished` (6.7) asks Redis inside a promise that nothing can await: when Redis fails at
 * that moment, the rejection is unhandled, which ends a Node process, and the wait continues as if nothing had happened.
 *
 * @returns null when no worker has finished it in time
 * @throws errors of Redis, at most some seconds after it became unavailable
 */
async function waitForQuery(
  queue: Queue,
  events: QueueEvents,
  { id, timeoutMs }: { id: string; timeoutMs: number },
): Promise<QueryOutcome | null> {
  let report: (end: QueryOutcome) => void = () => undefined;
  const finished = new Promise<QueryOutcome>((resolve) => {
    report = resolve;
  });
  const onCompleted = ({ jobId, returnvalue }: { jobId: string; returnvalue: unknown }): void => {
    if (jobId === id) report({ returned: returnvalue });
  };
  const onFailed = ({ jobId }: { jobId: string }): void => {
    if (jobId === id) report({ failed: WORKER_FAILED });
  };
  const deadline = performance.now() + timeoutMs;
  events.on('completed', onCompleted).on('failed', onFailed);
  try {
    for (;;) {
      const outcome = await readOutcome(queue, id);
      const left = deadline - performance.now();
      if (outcome !== null || left <= 0) return outcome;
      const reported = await pTimeout(finished, { milliseconds: Math.min(left, RECHECK_MS), fallback: () => null });
      if (reported !== null) return reported;
    }
  } finally {
    events.off('completed', onCompleted).off('failed', onFailed);
  }
}

/** A BullMQ job, whose types claim that a failure always has a reason. */
interface Outcome {
  readonly finishedOn?: number | undefined;
  readonly failedReason?: string | undefined;
  readonly returnvalue?: unknown;
}

async function readOutcome(queue: Queue, id: string): Promise<QueryOutcome | null> {
  const job: Outcome | undefined = await queue.getJob(id);
  if (job === undefined) return { failed: 'Redis has lost the read' };
  if (job.finishedOn === undefined) return null;
  return job.failedReason === undefined ? { returned: job.returnvalue } : { failed: WORKER_FAILED };
}

/** How long closing may take, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;

/** What a client of stack queries needs: its own connections, since one of them blocks. */
export interface StackQueryClientOptions {
  readonly connection: Redis;
  readonly eventsConnection: Redis;
  readonly prefix: string;
  readonly onError: (error: Error) => void;
  /** What is passed to the worker about the current request. */
  readonly origin?: () => QueryOrigin;
  /** Called when a read has ended; `shared`: it was combined with an equal one. */
  readonly onQuery?: (query: StackQuery['read'], outcome: QueryOutcomeName, milliseconds: number) => void;
}

type QueryOutcomeName = 'answered' | 'failed' | 'timed_out' | 'shared';

/** No worker has answered a query in time. */
export class StackQueryTimeoutError extends Error {
  override readonly name = 'StackQueryTimeoutError';
}

/** A query was not completed; the message says why. */
export class StackQueryFailedError extends Error {
  override readonly name = 'StackQueryFailedError';
}

interface PendingQuery {
  readonly answer: Promise<StackQueryResult>;
  next: Promise<StackQueryResult> | null;
}

/**
 * Has a worker read stacks. Equal reads of one process are combined: a caller that arrives while one is in flight shares the next,
 * so that no caller gets a result older than its request.
 */
export class StackQueryClient {
  private readonly connection: Redis;
  private readonly queue: Queue;
  /** Created when Redis has answered once: one that was never connected could not be closed. */
  private events: QueueEvents | null = null;
  private readonly listen: () => QueueEvents;
  private readonly pending = new Map<string, PendingQuery>();

  private readonly origin: () => QueryOrigin;
  private readonly onQuery: NonNullable<StackQueryClientOptions['onQuery']>;

  constructor({ connection, eventsConnection, prefix, onError, onQuery, origin }: StackQueryClientOptions) {
    this.origin = origin ?? (() => ({}));
    this.onQuery = onQuery ?? (() => undefined);
    // As in `JobQueue`: BullMQ's one question would have to be answered.
    const options = { prefix: keyspace(prefix).tag, skipVersionCheck: true };
    this.connection = connection;
    this.queue = new Queue(STACK_QUERIES_QUEUE, {
      ...options,
      connection,
      defaultJobOptions: { attempts: 1, removeOnComplete: { age: 60 }, removeOnFail: { age: 60 } },
    });
    this.queue.on('error', onError);
    this.listen = () => {
      const events = new QueueEvents(STACK_QUERIES_QUEUE, { ...options, connection: eventsConnection });
      // Every query in flight adds a listener.
      return events.setMaxListeners(0).on('error', onError);
    };
  }

  /**
   * Runs a query in a worker. @param timeoutMs how long to wait for it
   * @throws StackQueryTimeoutError, StackQueryFailedError, errors of Redis
   */
  async read(request: StackQuery, timeoutMs: number): Promise<StackQueryResult> {
    const key = JSON.stringify(request);
    const current = this.pending.get(key);
    if (current === undefined) return await this.run(key, request, timeoutMs);
    if (current.next !== null) {
      const startedAt = performance.now();
      return await current.next.finally(() => {
        this.onQuery(request.read, 'shared', performance.now() - startedAt);
      });
    }
    current.next = current.answer
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => this.run(key, request, timeoutMs));
    return await current.next;
  }

  /** Closes the queue; the owner of the connections closes those. Does not wait for an unavailable Redis. */
  async close(): Promise<void> {
    const closed = Promise.all([this.queue.close(), this.events?.close()]);
    await pTimeout(closed, { milliseconds: CLOSE_TIMEOUT_MS, message: false });
  }

  private async run(key: string, request: StackQuery, timeoutMs: number): Promise<StackQueryResult> {
    const query: PendingQuery = { answer: this.measured(request, timeoutMs), next: null };
    this.pending.set(key, query);
    try {
      return await query.answer;
    } finally {
      if (this.pending.get(key) === query && query.next === null) this.pending.delete(key);
    }
  }

  private async measured(request: StackQuery, timeoutMs: number): Promise<StackQueryResult> {
    const startedAt = performance.now();
    let outcome: QueryOutcomeName = 'failed';
    try {
      const result = await this.execute(request, timeoutMs);
      if (!('error' in result)) outcome = 'answered';
      return result;
    } catch (error) {
      if (error instanceof StackQueryTimeoutError) outcome = 'timed_out';
      throw error;
    } finally {
      this.onQuery(request.read, outcome, performance.now() - startedAt);
    }
  }

  private async execute(request: StackQuery, timeoutMs: number): Promise<StackQueryResult> {
    // Fails immediately while Redis is unavailable, as an HTTP caller needs it; the queue would wait for Redis.
    await this.connection.ping();
    const events = (this.events ??= this.listen());
    await events.waitUntilReady();
    const job = await this.queue.add(request.read, { ...request, ...this.origin() });
    const end = await waitForQuery(this.queue, events, { id: job.id ?? '', timeoutMs });
    if (end !== null && 'returned' in end) return stackQueryResult.parse(end.returned);
    if (end !== null) throw new StackQueryFailedError(end.failed);
    await job.remove().catch(() => undefined); // A worker runs it: its result is dropped.
    throw new StackQueryTimeoutError(`no worker has read "${request.read}" in time`);
  }
}
