/**
 * How many listings of stacks sixteen clients get per second, and how long one takes: `npm run bench`. Lizzy 2.5.4
 * gave 2.3 a second on two shared cores.
 */
import { startBenchEnvironment } from './bench-environment.js';
import { percentile } from './percentile.js';

const CLIENTS = 16;
const SECONDS = 10;
const LIZZY_2_PER_SECOND = 2.3;

const lizzy = await startBenchEnvironment();

/** One listing; answers with how long it took, in milliseconds. */
async function list(): Promise<number> {
  const startedAt = performance.now();
  await lizzy.call('GET', '/api/stacks', 200);
  return performance.now() - startedAt;
}

try {
  await list();
  const end = performance.now() + SECONDS * 1000;
  const client = async (): Promise<number[]> => {
    const times: number[] = [];
    while (performance.now() < end) times.push(await list());
    return times;
  };
  const times = (await Promise.all(Array.from({ length: CLIENTS }, client))).flat();
  const perSecond = times.length / SECONDS;
  const figure = (share: number): string => `${percentile(times, share).toFixed(1)} ms`;
  console.log(
    `${CLIENTS} clients: ${perSecond.toFixed(0)} listings a second, ${(perSecond / LIZZY_2_PER_SECOND).toFixed(0)} times Lizzy 2.5.4`,
  );
  console.log(`median ${figure(0.5)}, 99 % within ${figure(0.99)}`);
} finally {
  await lizzy.stop();
}
process.exit();
