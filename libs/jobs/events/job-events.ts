import { type Redis } from '#redis';
import { z } from 'zod';
import { jobStatus } from '../model/status.js';
import { type JobKeys } from '../redis/keys.js';

/**
 * What is published when events were appended: the number of the job's last event and, unless they are log lines, the job's
 * status and the number of the last event in the feed of all jobs.
 */
const notification = z.object({
  id: z.string(),
  last: z.number(),
  status: jobStatus.optional(),
  feed: z.number().optional(),
});
type JobNotification = z.infer<typeof notification>;

/** `lost`: notifications may have been missed. */
type Listener = (change: JobNotification | { lost: true }) => void;

/** Listens to every job. */
const ALL = '*';

/**
 * Notifies of new events of jobs: one subscription per process serves all requests that wait in it. After a lost connection
 * every listener gets `lost`, and has to read what it missed.
 */
export class JobEvents {
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(
    private readonly subscriber: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** Starts listening. */
  async start(): Promise<void> {
    this.subscriber.on('message', (channel: string, message: string) => {
      if (channel === this.keys.jobEvents) this.notify(message);
    });
    this.subscriber.on('ready', () => {
      this.resubscribe().catch(() => undefined); // Lost once more: there will be another 'ready'.
    });
    await this.subscriber.subscribe(this.keys.jobEvents);
  }

  /** Calls the listener at each event of any job, until the returned function is called. */
  onAny(listener: Listener): () => void {
    return this.on(ALL, listener);
  }

  /** Calls the listener at each event of this job, until the returned function is called. */
  on(id: string, listener: Listener): () => void {
    const listeners = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(id) === listeners) this.listeners.delete(id);
    };
  }

  /** Only a read after Redis has confirmed the subscription misses nothing. */
  private async resubscribe(): Promise<void> {
    await this.subscriber.subscribe(this.keys.jobEvents);
    for (const listeners of this.listeners.values()) for (const listener of listeners) listener({ lost: true });
  }

  private notify(message: string): void {
    const { data } = notification.safeParse(parseJson(message));
    // What a later version publishes may be unknown here; an exception in this listener would end the process.
    if (data === undefined) return;
    for (const id of [data.id, ALL]) for (const listener of this.listeners.get(id) ?? []) listener(data);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Calls back for each job to cancel. What is missed here is noticed at the next renewal of the claim. */
export async function subscribeToCancellations(
  subscriber: Redis,
  keys: JobKeys,
  onCancel: (id: string) => void,
): Promise<void> {
  subscriber.on('message', (channel: string, id: string) => {
    if (channel === keys.cancellations) onCancel(id);
  });
  await subscriber.subscribe(keys.cancellations);
}
