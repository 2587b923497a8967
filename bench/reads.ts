/**
 * How many listings of stacks sixteen clients get per second, and how long one takes: `npm run bench`. Lizzy 2.5.4
 * gave 2.3 a second on two shared cores.
 */
import { startApi, startAwsEmulator, startTokenServer, startValkey, startWorker } from '../local/parts/index.js';

const CLIENTS = 16;
const SECONDS = 10;
const LIZZY_2_PER_SECOND = 2.3;
const SCOPE = 'deployer';

const [valkey, aws, tokens] = await Promise.all([startValkey(), startAwsEmulator(), startTokenServer()]);
const token = tokens.addToken({ uid: 'robot', scope: [SCOPE] });
const shared = { REDIS_URL: valkey.url, REGION: 'eu-west-1' };
const access = { TOKENINFO_URL: tokens.tokeninfoUrl, DEPLOYER_SCOPE: SCOPE, ALLOWED_USERS: 'robot' };
const api = await startApi({ ...shared, ...access });
const worker = await startWorker({ ...shared, ...aws.env });

/** One listing; answers with how long it took, in milliseconds. */
async function list(): Promise<number> {
  const begun = performance.now();
  const answer = await fetch(`${api.url}/api/stacks`, { headers: { authorization: `Bearer ${token}` } });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`a listing was answered with ${answer.status}`);
  return performance.now() - begun;
}

try {
  await list();
  const end = performance.now() + SECONDS * 1000;
  const client = async (): Promise<number[]> => {
    const times: number[] = [];
    while (performance.now() < end) times.push(await list());
    return times;
  };
  const times = (await Promise.all(Array.from({ length: CLIENTS }, client))).flat().sort((a, b) => a - b);
  const perSecond = times.length / SECONDS;
  const at = (share: number): string => `${(times[Math.floor(times.length * share)] ?? 0).toFixed(1)} ms`;
  console.log(
    `${CLIENTS} clients: ${perSecond.toFixed(0)} listings a second, ${(perSecond / LIZZY_2_PER_SECOND).toFixed(0)} times Lizzy 2.5.4`,
  );
  console.log(`median ${at(0.5)}, 99 % within ${at(0.99)}`);
} finally {
  await Promise.all([api.stop(), worker.kill()]);
  await Promise.all([aws.stop(), valkey.stop(), tokens.stop()]);
}
