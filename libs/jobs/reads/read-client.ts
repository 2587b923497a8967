import { keyspace, type Redis } from '#redis';
import { Queue, QueueEvents } from 'bullmq';
import { readEnd } from './read-end.js';
import { READS_QUEUE } from './read-server.js';
import { type ReadAnswer, readAnswer, type ReadRequest } from './read.js';

/** How long closing may take, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;

/** What a client of reads needs: connections of its own, since one of them blocks. */
export interface ReadClientOptions {
  readonly connection: Redis;
  readonly eventsConnection: Redis;
  readonly prefix: string;
  readonly onError: (error: Error) => void;
}

/** No worker has answered a read in time. */
export class ReadTimedOut extends Error {
  override readonly name = 'ReadTimedOut';
}

interface Flight {
  readonly answer: Promise<ReadAnswer>;
  next: Promise<ReadAnswer> | null;
}

/**
 * Has the workers read. Equal reads of one process go together: whoever asks while one is in flight shares the next one,
 * so that nobody gets an answer from before his question.
 */
export class ReadClient {
  private readonly connection: Redis;
  private readonly queue: Queue;
  /** Made when Redis has answered once: one that never had a connection could not be closed. */
  private events: QueueEvents | null = null;
  private readonly listen: () => QueueEvents;
  private readonly flights = new Map<string, Flight>();

  constructor({ connection, eventsConnection, prefix, onError }: ReadClientOptions) {
    // As in `JobQueue`: BullMQ's one question would have to be answered.
    const options = { prefix: keyspace(prefix).tag, skipVersionCheck: true };
    this.connection = connection;
    this.queue = new Queue(READS_QUEUE, {
      ...options,
      connection,
      defaultJobOptions: { attempts: 1, removeOnComplete: { age: 60 }, removeOnFail: { age: 60 } },
    });
    this.queue.on('error', onError);
    this.listen = () => {
      const events = new QueueEvents(READS_QUEUE, { ...options, connection: eventsConnection });
      // Every read in flight listens.
      return events.setMaxListeners(0).on('error', onError);
    };
  }

  /**
   * Reads by a worker. @param timeoutMs how long to wait for it
   * @throws ReadTimedOut, errors of Redis
   */
  async read(request: ReadRequest, timeoutMs: number): Promise<ReadAnswer> {
    const key = JSON.stringify(request);
    const flying = this.flights.get(key);
    if (flying === undefined) return await this.fly(key, request, timeoutMs);
    flying.next ??= flying.answer
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => this.fly(key, request, timeoutMs));
    return await flying.next;
  }

  /** Ends the use of the queue; the connections are their owner's to close. With Redis away it does not wait for it. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([Promise.all([this.queue.close(), this.events?.close()]), late]);
    clearTimeout(timer);
  }

  private async fly(key: string, request: ReadRequest, timeoutMs: number): Promise<ReadAnswer> {
    const flight: Flight = { answer: this.ask(request, timeoutMs), next: null };
    this.flights.set(key, flight);
    try {
      return await flight.answer;
    } finally {
      if (this.flights.get(key) === flight && flight.next === null) this.flights.delete(key);
    }
  }

  private async ask(request: ReadRequest, timeoutMs: number): Promise<ReadAnswer> {
    // Fails at once while Redis is away, as a caller over HTTP needs it; the queue would wait for Redis.
    await this.connection.ping();
    const events = (this.events ??= this.listen());
    await events.waitUntilReady();
    const job = await this.queue.add(request.read, request);
    const end = await readEnd(this.queue, events, { id: job.id ?? '', timeoutMs });
    if (end !== null && 'returned' in end) return readAnswer.parse(end.returned);
    await job.remove().catch(() => undefined); // A worker has it: its answer goes nowhere.
    throw new ReadTimedOut(`no worker has read "${request.read}" in time`, { cause: end?.failed });
  }
}
