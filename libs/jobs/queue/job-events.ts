import { type Redis } from '#redis';
import { z } from 'zod';
import { jobStatus } from '../model/status.js';
import { type JobKeys } from '../store/keys.js';

/** What is told of a job: a new revision of its record, or that its log has grown. */
export const jobEvent = z.union([
  z.object({ id: z.string(), status: jobStatus, revision: z.number() }),
  z.object({ id: z.string(), log: z.literal(true) }),
]);
export type JobEvent = z.infer<typeof jobEvent>;

type Listener = (change: JobEvent | { id: string; lost: true }) => void;

/**
 * What happens to jobs, as it happens: one subscription per process serves everybody who waits in it. After a lost
 * connection every listener is told `lost`, and has to look for itself what it missed.
 */
export class JobEvents {
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(
    private readonly subscriber: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** Begins to listen. */
  async start(): Promise<void> {
    this.subscriber.on('message', (channel: string, message: string) => {
      if (channel === this.keys.jobEvents) this.notify(message);
    });
    this.subscriber.on('ready', () => {
      this.resubscribe().catch(() => undefined); // Lost once more: there will be another 'ready'.
    });
    await this.subscriber.subscribe(this.keys.jobEvents);
  }

  /** Calls the listener at each change of this job, until the returned function is called. */
  on(id: string, listener: Listener): () => void {
    const listeners = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(id) === listeners) this.listeners.delete(id);
    };
  }

  /** Only what is looked at after Redis has confirmed the subscription misses nothing. */
  private async resubscribe(): Promise<void> {
    await this.subscriber.subscribe(this.keys.jobEvents);
    for (const [id, listeners] of this.listeners) for (const listener of listeners) listener({ id, lost: true });
  }

  private notify(message: string): void {
    const change = jobEvent.safeParse(parseJson(message));
    // What a later version tells is not known here; thrown in a listener of the connection it would end the process.
    if (!change.success) return;
    for (const listener of this.listeners.get(change.data.id) ?? []) listener(change.data);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Hears of the jobs that shall be cancelled. What is missed here is learnt at the next renewal of the claim. */
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
