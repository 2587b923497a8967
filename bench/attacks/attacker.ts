/** The thread that attacks, so that the measuring thread is not delayed. Its data: the name of the attack and the target. */
import { setMaxListeners } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { ATTACKS } from './attacks.js';

const { name, target } = z
  .object({ name: z.string(), target: z.object({ url: z.string(), port: z.number(), token: z.string() }) })
  .parse(workerData);
const attack = ATTACKS.find((each) => each.name === name);
if (attack === undefined) throw new Error(`there is no attack "${name}"`);
const stop = new AbortController();
// Each request in flight listens to it.
setMaxListeners(0, stop.signal);
parentPort?.once('message', () => {
  stop.abort();
});
const counts = new Map<number, number>();
await attack.run(target, stop.signal, (status) => {
  counts.set(status, (counts.get(status) ?? 0) + 1);
});
parentPort?.postMessage(counts);
