import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import {
  Child,
  freePort,
  inProject,
  programArguments,
  startApi,
  startTokenServer,
  startValkey,
  startWorker,
  type TokenServer,
  type Valkey,
} from '../../local/services/index.js';

const EX_CONFIG = { code: 78, signal: null };
const EVICTS = { conf: { 'maxmemory-policy': 'allkeys-lru' } };

describe('a Redis that can evict jobs', () => {
  let tokens: TokenServer;
  const running: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    tokens = await startTokenServer();
  });
  afterAll(async () => {
    await tokens.stop();
  });
  afterEach(async () => {
    // In reverse order: a worker unregisters from its Redis.
    for (const stop of running.splice(0).reverse()) await stop();
  });

  async function evicting(port?: number): Promise<Valkey> {
    const valkey = await startValkey({ ...EVICTS, ...(port === undefined ? {} : { port }) });
    running.push(() => valkey.stop());
    return valkey;
  }

  async function start(app: 'api' | 'worker', url: string): Promise<Child> {
    const env = environment(url);
    const child = await Child.start({ name: app, command: process.execPath, args: programArguments(app), env });
    running.push(() => child.stop());
    return child;
  }

  function environment(url: string): Record<string, string> {
    return {
      REDIS_URL: url,
      HOST: '127.0.0.1',
      PORT: '0',
      TOKENINFO_URL: tokens.tokeninfoUrl,
      DEPLOYER_SCOPE: 'uid',
      ALLOWED_USERS: 'robot',
      SENZA_COMMAND: inProject('.venv', 'bin', 'senza'),
    };
  }

  it.each(['api', 'worker'] as const)('keeps the %s from starting, with the reason and code 78', async (app) => {
    const child = await start(app, (await evicting()).url);

    expect(await child.exited).toEqual(EX_CONFIG);
    expect(child.tail).toMatch(
      /REDIS_URL: the maxmemory-policy of this Redis is allkeys-lru.*noeviction.*REDIS_ALLOW_EVICTION/,
    );
  });

  it('is accepted when the operator allows it', async () => {
    const { url } = await evicting();
    const env = { ...environment(url), REDIS_ALLOW_EVICTION: 'true' };
    const [api, worker] = await Promise.all([startApi(env), startWorker(env)]);
    running.push(
      () => api.stop(),
      () => worker.stop(),
    );

    expect(worker.child.tail).toMatch(/Redis can evict jobs/);
  });

  it.each(['api', 'worker'] as const)('stops the %s that had to wait for it', async (app) => {
    const port = await freePort();
    const child = await start(app, `redis://127.0.0.1:${port}`);
    await child.waitForLine(app === 'api' ? /API is listening/ : /Redis is unavailable/);
    await evicting(port);

    expect(await child.exited).toEqual(EX_CONFIG);
  });
});
