import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { type Answer } from '#client';
import { until } from '../../local/services/index.js';
import { type TestApi } from '../support/api-in-process.js';
import { startApiTest } from '../support/api-test.js';
import { openSocket } from '../support/open-socket.js';
import { deployment, jobOf, problemOf } from './deployment.js';

const { environment: rig, api } = await startApiTest();

describe('clients without a token', () => {
  it('that do not send their bodies do not delay users whose token is new', async () => {
    let answered = 0;
    const sockets = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = openSocket(api).once('data', () => (answered += 1));
        await once(socket, 'connect');
        socket.write('POST /api/deployments HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{');
        return socket;
      }),
    );
    const authorization = `Bearer ${rig.tokens.addToken({ uid: 'robot', scope: ['deploy'] })}`;
    expect((await api.call('GET', '/api/jobs', { headers: { authorization } })).status).toBe(200);
    await until('their responses, which need no body', () => Promise.resolve(answered === 40));
    for (const socket of sockets) socket.destroy();
  });
});

describe('the OpenAPI document', () => {
  it('is sent once to a client that caches it', async () => {
    const first = await fetch(`${api.url}/api/swagger.json`);
    await first.arrayBuffer();
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"/);
    const again = await fetch(`${api.url}/api/swagger.json`, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it.each(['/api/swagger.json', '/api/ui/swagger-ui-bundle.js'])(
    '%s is compressed when the client accepts it',
    async (path) => {
      const read = async (encoding: string): Promise<{ headers: Headers; text: string }> => {
        const response = await fetch(api.url + path, { headers: { 'accept-encoding': encoding } });
        return { headers: response.headers, text: await response.text() };
      };
      const [plain, compressed] = [await read('identity'), await read('gzip')];
      expect(plain.headers.get('content-encoding')).toBeNull();
      expect(compressed.headers.get('content-encoding')).toBe('gzip');
      expect(Number(compressed.headers.get('content-length'))).toBeLessThan(
        Number(plain.headers.get('content-length')) / 2,
      );
      expect(compressed.headers.get('etag')).not.toBe(plain.headers.get('etag'));
      expect(compressed.text).toBe(plain.text);
    },
  );

  it.each(['swagger-initializer.js', 'package.json', 'swagger-ui-bundle.js.map', 'index.html'])(
    'comes with a console that does not serve %s',
    async (file) => {
      expect((await api.call('GET', `/api/ui/${file}`)).status).toBe(404);
    },
  );
});

describe('rate limits', () => {
  it('apply to the changes of one user across replicas, and not to reads or other users', async () => {
    const users = {
      ALLOWED_USERS: 'robot,anna',
      RATE_LIMIT_PER_MINUTE: '20',
      TRUSTED_PROXIES: '127.0.0.1',
      QUEUE_PREFIX: 'changes',
    };
    const replicas = [await rig.apiInProcess(users), await rig.apiInProcess(users)];
    // Each request comes from another address: the limit of the user counts.
    const statuses: number[] = [];
    for (let index = 0; index < 25; index += 1) {
      const on = replicas[index % 2] ?? api;
      const headers = { 'x-forwarded-for': `192.0.2.${index}` };
      const answer = await on.call('POST', '/api/deployments', { body: {}, headers });
      statuses.push(answer.status);
      if (answer.status !== 429) continue;
      expect(problemOf(answer).type).toBe('urn:lizzy:problem:rate-limited');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.headers.get('ratelimit-limit')).toBe('20');
      expect(answer.headers.get('ratelimit-remaining')).toBe('0');
    }
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    const [first = api] = replicas;
    expect((await first.call('GET', '/api/jobs')).status).toBe(200);
    const authorization = `Bearer ${rig.tokens.addToken({ uid: 'anna', scope: ['deploy'] })}`;
    const anna = await first.call('POST', '/api/deployments', {
      body: {},
      headers: { authorization, 'x-forwarded-for': '192.0.2.99' },
    });
    expect(anna.status).toBe(400);
  });

  it('leave the other users of an address a quarter of their changes when one has used up its limit', async () => {
    const users = { ALLOWED_USERS: 'robot,anna', RATE_LIMIT_PER_MINUTE: '20', QUEUE_PREFIX: 'address' };
    const limited = await rig.apiInProcess(users);
    const statuses = async (count: number, headers = {}): Promise<number[]> => {
      const send = (): Promise<Answer> => limited.call('POST', '/api/deployments', { body: {}, headers });
      const answers: Answer[] = [];
      for (let index = 0; index < count; index += 1) answers.push(await send());
      return answers.map(({ status }) => status);
    };
    expect((await statuses(22)).slice(-3)).toEqual([400, 429, 429]);
    const authorization = `Bearer ${rig.tokens.addToken({ uid: 'anna', scope: ['deploy'] })}`;
    expect(await statuses(6, { authorization })).toEqual([400, 400, 400, 400, 400, 429]);
  });

  it('begin a new window when the counter in Redis never ends, ends too late, or is none', async () => {
    const limited = await rig.apiInProcess({ RATE_LIMIT_PER_MINUTE: '20', QUEUE_PREFIX: 'endless' });
    const status = async (): Promise<number> => (await limited.call('POST', '/api/deployments', { body: {} })).status;
    expect(await status()).toBe(400);
    const counters = await rig.redis.keys('{endless}:rate-limit:change:*');
    expect(counters).toHaveLength(2);
    for (const counter of counters) await rig.redis.set(counter, '1000');
    expect(await status()).toBe(400);
    for (const counter of counters) await rig.redis.set(counter, '1000', 'EX', 3600);
    expect(await status()).toBe(400);
    for (const counter of counters) await rig.redis.multi().del(counter).rpush(counter, 'x').exec();
    expect(await status()).toBe(400);
    for (const counter of counters) expect(await rig.redis.pttl(counter)).toBeGreaterThan(0);
  });

  it('apply to rejected tokens of one address, and not to its valid tokens', async () => {
    const limited = await rig.apiInProcess({ RATE_LIMIT_PER_MINUTE: '10', QUEUE_PREFIX: 'denials' });
    const bad = { headers: { authorization: 'Bearer nonsense' } };
    const answers = await Promise.all(Array.from({ length: 15 }, () => limited.call('GET', '/api/jobs', bad)));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect((await limited.call('GET', '/api/jobs')).status).toBe(200);
    const keys = await rig.redis.keys('{denials}:rate-limit:*');
    expect(keys.sort()).toEqual([
      '{denials}:rate-limit:denied:address:127.0.0.1',
      expect.stringMatching(/^\{denials\}:rate-limit:read:user:/),
    ]);
  });

  it('count what a trusted proxy passes on by the address of the proxy when it is no IP address', async () => {
    const limited = await rig.apiInProcess({
      RATE_LIMIT_PER_MINUTE: '5',
      TRUSTED_PROXIES: '127.0.0.1',
      QUEUE_PREFIX: 'no-address',
    });
    const statuses = async (hops: readonly string[]): Promise<number[]> => {
      const answers: number[] = [];
      for (const hop of hops) {
        const headers = { authorization: 'Bearer nonsense', 'x-forwarded-for': hop };
        answers.push((await limited.call('GET', '/api/jobs', { headers })).status);
      }
      return answers;
    };
    const texts = [
      'client-1',
      '192.0.2.7, client-2',
      'fe80::1%client-3',
      '1.2.3',
      '\tclient-4,',
      'client-5, 127.0.0.1',
    ];
    expect(await statuses(texts)).toEqual([401, 401, 401, 401, 401, 429]);
    // One host has all addresses of a network of IPv6.
    const hosts = ['0:0:0:1', '2:3:4:5', 'ffff::', '6::', '2:0:0:7', ':8'].map((host) => `2001:db8:0:9:${host}`);
    expect(await statuses(hosts)).toEqual([401, 401, 401, 401, 401, 429]);
    expect(limited.logged()).not.toContain('client-');
  });

  it('can be turned off', async () => {
    const unlimited = await rig.apiInProcess({ RATE_LIMIT_PER_MINUTE: '0' });
    expect((await unlimited.call('GET', '/api/jobs')).headers.get('ratelimit-limit')).toBeNull();
  });
});

describe('unfinished jobs of one user', () => {
  it('are limited also when they are submitted at the same instant; a finished one frees a place', async () => {
    const limited = await rig.apiInProcess({ MAX_UNFINISHED_JOBS_PER_USER: '3', QUEUE_PREFIX: 'unfinished' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_each, index) =>
        limited.call('POST', '/api/deployments', { body: deployment({ stack_version: `u${index}` }) }),
      ),
    );
    const accepted = answers.filter(({ status }) => status === 202).map(jobOf);
    const rejected = answers.filter(({ status }) => status === 429);
    expect([accepted.length, rejected.length]).toEqual([3, 5]);
    for (const answer of rejected) {
      expect(problemOf(answer)).toMatchObject({ type: 'urn:lizzy:problem:too-many-unfinished-jobs' });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await limited.call('POST', `/api/jobs/${accepted[0]?.id ?? ''}/cancel`);
    const body = deployment({ stack_version: 'room' });
    expect((await limited.call('POST', '/api/deployments', { body })).status).toBe(202);
    expect((await limited.call('POST', '/api/deployments', { body: { ...body, dry_run: true } })).status).toBe(429);
  });
});

describe('requests of one user at the same time', () => {
  it('wait for each other, and not those of other users; one that waits for a job does not count', async () => {
    const shared = await rig.apiInProcess({ ALLOWED_USERS: 'robot,anna' });
    const { id } = jobOf(
      await shared.call('POST', '/api/deployments', { body: deployment({ stack_version: 'turns' }) }),
    );
    const stop = new AbortController();
    const waits = Array.from({ length: 40 }, () =>
      shared.call('GET', `/api/jobs/${id}?wait=55`, { signal: stop.signal }).catch(() => undefined),
    );
    await until('them to wait', async () => /http_waiting_requests\{[^}]*\} 40/.test(await shared.metrics()));
    expect((await shared.call('GET', `/api/jobs/${id}`)).status).toBe(200);
    const slow = Array.from({ length: 30 }, () => openSocket(shared));
    for (const socket of slow) socket.write(unfinished(rig.token));
    await until('14 to queue', async () => /http_queued_requests\{[^}]*\} 14/.test(await shared.metrics()));
    // Changes that wait do not delay reads.
    expect((await shared.call('GET', `/api/jobs/${id}`)).status).toBe(200);
    const headers = { authorization: `Bearer ${rig.tokens.addToken({ uid: 'anna', scope: ['deploy'] })}` };
    expect((await shared.call('GET', `/api/jobs/${id}`, { headers })).status).toBe(200);
    for (const socket of slow) socket.destroy();
    expect((await shared.call('GET', `/api/jobs/${id}`)).status).toBe(200);
    stop.abort();
    await Promise.all(waits);
  });

  it('do not wait for changes whose bodies have not arrived', async () => {
    const shared = await rig.apiInProcess({ ALLOWED_USERS: 'robot,anna' });
    const sockets = Array.from({ length: 8 }, () => openSocket(shared));
    for (const socket of sockets) socket.write(unfinished(rig.token));
    const anna = { authorization: `Bearer ${rig.tokens.addToken({ uid: 'anna', scope: ['deploy'] })}` };
    for (const [version, headers] of [
      ['first', {}],
      ['ofAnna', anna],
      ['second', {}],
    ] as const) {
      const body = deployment({ stack_version: version });
      expect((await shared.call('POST', '/api/deployments', { body, headers })).status).toBe(202);
    }
    for (const socket of sockets) socket.destroy();
  });
});

/** A change whose body does not end. */
function unfinished(token: string): string {
  const fields = `authorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n`;
  return `POST /api/deployments HTTP/1.1\r\nhost: x\r\n${fields}\r\n{`;
}

/** How many requests wait at these processes, by their metrics. */
async function waitingAt(apis: readonly TestApi[]): Promise<number> {
  const texts = await Promise.all(apis.map((each) => each.metrics()));
  const counts = texts.map((text) => Number(/http_waiting_requests\{[^}]*\} (\d+)/.exec(text)?.[1]));
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('waiting requests and streams', () => {
  it('are limited per user and in all; requests that do not wait are answered', async () => {
    const crowded = await rig.apiInProcess({
      MAX_WAITING_REQUESTS: '4',
      MAX_WAITING_REQUESTS_PER_USER: '3',
      ALLOWED_USERS: 'robot,anna',
    });
    const body = deployment({ stack_version: 'waits' });
    const { id } = jobOf(await crowded.call('POST', '/api/deployments', { body }));
    const anna = { authorization: `Bearer ${rig.tokens.addToken({ uid: 'anna', scope: ['deploy'] })}` };
    const stop = new AbortController();
    const wait = (path: string, headers = {}): Promise<unknown> =>
      crowded.call('GET', path, { signal: stop.signal, headers }).catch(() => undefined);
    const probe = async (headers = {}): Promise<number> =>
      (await crowded.call('GET', `/api/jobs/${id}?wait=1`, { headers })).status;
    const waiting = [wait(`/api/jobs/${id}?wait=55`), wait(`/api/jobs/${id}/events`), wait('/api/events')];
    await until('the limit of one user', async () => (await probe()) === 429);
    expect(await probe(anna)).toBe(200);
    waiting.push(wait('/api/events', anna));
    await until('the limit of all users', async () => (await probe(anna)) === 503);
    expect((await crowded.call('GET', `/api/jobs/${id}`)).status).toBe(200);
    stop.abort();
    await Promise.all(waiting);
    await until('room', async () => (await probe()) === 200);
  });

  it('are limited over all API processes, and those of a process that stops make room', async () => {
    const env = { MAX_WAITING_REQUESTS: '4', MAX_WAITING_REQUESTS_PER_USER: '3', ALLOWED_USERS: 'robot,anna' };
    const shared = { ...env, QUEUE_PREFIX: 'replicas' };
    const [first, second] = [await rig.apiInProcess(shared), await rig.apiInProcess(shared)];
    const anna = { authorization: `Bearer ${rig.tokens.addToken({ uid: 'anna', scope: ['deploy'] })}` };
    const stop = new AbortController();
    const open = async (at: TestApi, headers = {}): Promise<void> => {
      const before = await waitingAt([first, second]);
      void at.call('GET', '/api/events', { signal: stop.signal, headers }).catch(() => undefined);
      await until('the stream', async () => (await waitingAt([first, second])) > before);
    };
    await open(first);
    await open(second);
    await open(first);
    const refused = await second.call('GET', '/api/events');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    expect(problemOf(refused).detail).toBe(
      'You have 3 requests that wait or stream, at all API processes together; try again when one has ended',
    );
    await open(second, anna);
    const full = await first.call('GET', '/api/events', { headers: anna });
    expect(full.status).toBe(503);
    expect(problemOf(full).detail).toContain('4 requests wait or stream, at all API processes together');

    await first.stop();
    const { id } = jobOf(
      await second.call('POST', '/api/deployments', { body: deployment({ stack_version: 'room' }) }),
    );
    await until('room', async () => (await second.call('GET', `/api/jobs/${id}?wait=1`)).status === 200);
    stop.abort();
  });

  it('do not count when their client disconnects before they are handled', async () => {
    const other = await rig.apiInProcess({ MAX_WAITING_REQUESTS_PER_USER: '1', QUEUE_PREFIX: 'disconnects' });
    for (let index = 0; index < 20; index += 1) {
      const socket = openSocket(other);
      await once(socket, 'connect');
      socket.write(`GET /api/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${rig.token}\r\n\r\n`);
      // The process reads the request and the end of the connection together, or shortly after each other.
      if (index % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      socket.resetAndDestroy();
    }
    const { id } = jobOf(await other.call('POST', '/api/deployments', { body: deployment({ stack_version: 'gone' }) }));
    await until('room', async () => (await other.call('GET', `/api/jobs/${id}?wait=1`)).status === 200);
  });
});
