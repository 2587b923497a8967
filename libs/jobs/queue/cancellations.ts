import { type Redis } from '#redis';
import { type JobKeys } from '../store/job-keys.js';

/** Hears of the jobs that shall be cancelled. What is missed here is learnt at the next renewal of the claim. */
export async function listenForCancellations(
  subscriber: Redis,
  keys: JobKeys,
  onCancel: (id: string) => void,
): Promise<void> {
  subscriber.on('message', (channel: string, id: string) => {
    if (channel === keys.cancellations) onCancel(id);
  });
  await subscriber.subscribe(keys.cancellations);
}
