import { type JobWorker } from '#jobs';
import { type Redis } from '#redis';
import { type Senza } from '#senza';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long Redis may take to answer before it counts as away, in milliseconds. */
const ANSWER_LIMIT_MS = 2_000;
/** How long until Redis is asked again whether it is there, in milliseconds. */
const ASK_AGAIN_MS = 1_000;

/** What a worker that stops has to bring to an end. */
export interface Work {
  readonly consumer: JobWorker;
  readonly senza: Senza;
  readonly redis: Redis;
}

/**
 * Takes no more jobs. Resolves when those at hand have been given back, or nothing is left to wait for: no command runs
 * and Redis is away, so that nothing can be written down. Whatever is at hand then goes on after its lease.
 */
export async function drain({ consumer, senza, redis }: Work): Promise<void> {
  const over = new AbortController();
  await Promise.race([consumer.drain(), leftAlone(senza, redis, over.signal)]);
  over.abort();
}

async function leftAlone(senza: Senza, redis: Redis, over: AbortSignal): Promise<void> {
  for (;;) {
    await senza.onIdle();
    if (!(await answers(redis))) return;
    await sleep(ASK_AGAIN_MS, undefined, { ref: false });
    if (over.aborted) return;
  }
}

async function answers(redis: Redis): Promise<boolean> {
  const answered = redis.ping().then(
    () => true,
    () => false,
  );
  return await Promise.race([answered, sleep(ANSWER_LIMIT_MS, false, { ref: false })]);
}
