import { beforeAll, describe, expect, it } from '@jest/globals';
import { startApiTest } from '../support/api-test.js';
import { deployment, jobOf, pageOf, pointersOf, problemOf } from './deployment.js';

/** Several APIs' worth of jobs: `team-0` and `team-1` in turn, every third one cancelled. */
const JOBS = 12;

const { environment, api } = await startApiTest();

describe('the history of jobs', () => {
  const ids: string[] = [];

  beforeAll(async () => {
    for (let number = 0; number < JOBS; number += 1) {
      const definition = `SenzaInfo:\n  StackName: team-${number % 2}\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n`;
      const body = deployment({ senza_yaml: definition, stack_version: `v${number}` });
      const { id } = jobOf(await api.call('POST', '/api/deployments', { body }));
      ids.push(id);
      if (number % 3 === 0) await api.call('POST', `/api/jobs/${id}/cancel`);
    }
  });
  const idsOf = (numbers: readonly number[]): string[] => numbers.map((number) => ids[number] ?? '');

  it('can be filtered by several fields and several values each, and counts the matches', async () => {
    const answer = await api.call(
      'GET',
      '/api/jobs?status=cancelled,failed&stack_name=team-0&stack_version=v0&stack_version=v6,v9',
    );
    expect(answer.json).toMatchObject({ count: 2, count_exact: true, next_cursor: null });
    expect(pageOf(answer).items.map(({ id }) => id)).toEqual(idsOf([6, 0]));
  });

  it('returns the address of the next page with the same filters, also while new jobs arrive', async () => {
    let address: string | null = '/api/jobs?status=cancelled&sort=created_at&limit=1&requested_by=robot';
    const found: string[] = [];
    while (address !== null) {
      const answer = await api.call('GET', address);
      found.push(...pageOf(answer).items.map(({ id }) => id));
      const body = deployment({ stack_version: `new${found.length}` });
      await api.call('POST', `/api/jobs/${jobOf(await api.call('POST', '/api/deployments', { body })).id}/cancel`);
      address = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
      if (address !== null) expect(address).toContain('status=cancelled&sort=created_at&limit=1&requested_by=robot');
    }
    expect(found).toEqual(idsOf([9, 6, 3, 0]));
  });

  it('can be sorted by the end: finished jobs only', async () => {
    const { items } = pageOf(await api.call('GET', '/api/jobs?sort=finished_at&stack_name=team-0,team-1'));
    expect(items.map(({ id }) => id)).toEqual(idsOf([9, 6, 3, 0]));
  });

  it('can be limited to a time', async () => {
    const middle = jobOf(await api.call('GET', `/api/jobs/${ids[6] ?? ''}`)).created_at;
    const after = await api.call('GET', `/api/jobs?stack_name=team-0&created_after=${middle}`);
    expect(pageOf(after).items.map(({ id }) => id)).toEqual(idsOf([10, 8, 6]));
    const before = await api.call('GET', `/api/jobs?stack_name=team-0&created_before=${middle}`);
    expect(pageOf(before).items.map(({ id }) => id)).toEqual(idsOf([4, 2, 0]));
    expect(pageOf(await api.call('GET', '/api/jobs?finished_after=2999-01-01')).items).toEqual([]);
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=ten',
    'cursor=nonsense',
    'color=red',
    'status=done',
    'kind=deploy,deploi',
    'region=eu-west',
    'stack_name=',
    'created_after=yesterday',
    'sort=name',
  ])('rejects ?%s', async (query) => {
    const answer = await api.call('GET', `/api/jobs?${query}`);
    expect([answer.status, pointersOf(answer)[0]?.split('/')[1]]).toEqual([400, query.split('=')[0] ?? '']);
  });

  it('names the values that a filter can have', async () => {
    for (const path of ['/api/jobs?kind=deploi', '/api/events?kind=deploi']) {
      expect((await api.call('GET', path)).json).toMatchObject({
        detail: expect.stringContaining('/kind/0 must be one of deploy, create_stack, '),
      });
    }
  });

  it('finds the jobs of stacks whose names contain a piece, and rejects a piece of too many names', async () => {
    const { items } = pageOf(await api.call('GET', '/api/jobs?stack_name_contains=EAM-1&status=cancelled'));
    expect(items.map(({ id }) => id)).toEqual(idsOf([9, 3]));
    const names = Array.from({ length: 100 }, (_, number) => ['0', `team-x${number}`]).flat();
    await environment.redis.zadd(environment.keys.stackNames, ...names);
    for (const accept of ['application/json', 'text/csv']) {
      const answer = await api.call('GET', '/api/jobs?stack_name_contains=team', { headers: { accept } });
      expect([answer.status, pointersOf(answer)]).toEqual([400, ['/stack_name_contains']]);
    }
    await environment.redis.del(environment.keys.stackNames);
  });

  it('rejects a cursor of another sort', async () => {
    const { next_cursor: cursor } = pageOf(await api.call('GET', '/api/jobs?limit=1'));
    expect(pointersOf(await api.call('GET', `/api/jobs?sort=finished_at&cursor=${cursor ?? ''}`))).toEqual(['/cursor']);
  });

  it('can be downloaded as lines of JSON and as CSV, all jobs that match', async () => {
    const path = '/api/jobs?stack_name=team-0,team-1&status=cancelled';
    const lines = await api.call('GET', path, { headers: { accept: 'application/x-ndjson' } });
    expect(lines.headers.get('content-type')).toBe('application/x-ndjson');
    const jobs = lines.text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(jobs).toMatchObject([9, 6, 3, 0].map((number) => ({ id: ids[number], stack_version: `v${number}` })));
    const csv = await api.call('GET', path, { headers: { accept: 'text/csv' } });
    const [header = '', first = ''] = csv.text.split('\r\n');
    expect(header.split(',').slice(0, 5)).toEqual(['id', 'kind', 'status', 'stack_name', 'stack_version']);
    expect(first.split(',').slice(0, 5)).toEqual([ids[9], 'deploy', 'cancelled', 'team-1', 'v9']);
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(5);
  });

  it.each([
    ['text/csv;q=0, */*', 'application/json'],
    ['text/csv;q=0.5, application/json', 'application/json'],
    ['text/csv;q=0.1, application/x-ndjson;q=0.2', 'application/x-ndjson'],
    ['text/html, */*;q=0.8', 'application/json'],
    ['image/png', 'application/json'],
    ['text/csv; charset=UTF-8', 'text/csv; charset=utf-8'],
  ])('has the format that Accept: %s prefers', async (accept, type) => {
    const answer = await api.call('GET', '/api/jobs?stack_name=team-0', { headers: { accept } });
    expect(answer.headers.get('content-type')).toContain(type);
  });

  it('does not read the list of waiting jobs for a page: its cost does not depend on how many wait', async () => {
    const { redis, keys } = environment;
    const waiting = Array.from({ length: 20_000 }, (_, number) => [`1e9`, `waiting-job-number-${number}`]);
    await redis.zadd(keys.waiting, ...waiting.flat());
    const sentByRedis = async (): Promise<number> =>
      Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
    const before = await sentByRedis();
    const { items } = pageOf(await api.call('GET', '/api/jobs?limit=1&status=queued'));
    const sent = (await sentByRedis()) - before;
    await redis.zremrangebyscore(keys.waiting, '1e9', '1e9');
    expect(items).toMatchObject([{ waiting_for: { reason: expect.stringMatching(/worker/) } }]);
    expect(sent).toBeLessThan(100_000);
  });

  it('shows damaged records as unreadable; they keep nothing else from being read', async () => {
    const prefix = 'damaged';
    const here = await environment.apiInProcess({ QUEUE_PREFIX: prefix });
    const submit = async (version: string): Promise<string> =>
      jobOf(await here.call('POST', '/api/deployments', { body: deployment({ stack_version: version }) })).id;
    const [good, form, type, packed] = [await submit('a'), await submit('b'), await submit('c'), await submit('d')];
    await here.call('POST', `/api/jobs/${packed}/cancel`);
    const { redis } = environment;
    const key = (...parts: string[]): string => `{${prefix}}:${parts.join(':')}`;
    await redis.hset(key('job', form), 'submission', '[]');
    await redis.set(key('job', type), 'x');
    await redis.hset(key('job', packed), 'finished', 'x');
    await redis.xadd(key('events', good), '1000-0', 'e', '{', 't', 'never');
    await redis.xadd(key('feed'), '1000-0', 'd', '{', 'e', 'x');
    await redis.hset(key('workers'), 'w', '{');
    await redis.rpush(key('traffic-changes', 'eu-west-1', 'hello'), '{');

    const page = pageOf(await here.call('GET', '/api/jobs'));
    expect(page.items.map(({ id }) => id)).toEqual([good]);
    expect(page.unreadable.map(({ id }) => id).toSorted()).toEqual([form, type, packed].toSorted());
    const shown = await here.call('GET', `/api/jobs/${form}`);
    expect([shown.status, problemOf(shown).type]).toEqual([500, 'urn:lizzy:problem:record-damaged']);
    for (const path of [`/api/jobs/${good}`, `/api/jobs/${good}/log`, '/api/workers', '/api/status', '/health/ready'])
      expect([path, (await here.call('GET', path)).status]).toEqual([path, 200]);
    const export_ = await here.call('GET', '/api/jobs', { headers: { accept: 'application/x-ndjson' } });
    expect(export_.text.trim().split('\n')).toHaveLength(1);
    const rollback = await here.call('POST', '/api/applications/hello/rollback');
    expect([rollback.status, problemOf(rollback).type]).toEqual([404, 'urn:lizzy:problem:no-traffic-change']);
    const body = deployment({ stack_version: 'after' });
    expect((await here.call('POST', '/api/deployments', { body })).status).toBe(202);
    const stop = new AbortController();
    const events = await fetch(`${here.url}/api/events?after=0`, {
      headers: { authorization: `Bearer ${environment.token}` },
      signal: stop.signal,
    });
    let text = '';
    for await (const chunk of events.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('"stack_version":"after"')) break;
    }
    stop.abort();
  });

  it('goes on behind the last job when another program has overwritten its positions and tables', async () => {
    const prefix = 'damaged-positions';
    const here = await environment.apiInProcess({ QUEUE_PREFIX: prefix });
    const { redis } = environment;
    const submitted: string[] = [];
    const cancelOne = async (): Promise<void> => {
      const body = deployment({ stack_version: `v${submitted.length}` });
      const answer = await here.call('POST', '/api/deployments', { body });
      expect(answer.status).toBe(202);
      submitted.unshift(jobOf(answer).id);
      expect((await here.call('POST', `/api/jobs/${submitted[0] ?? ''}/cancel`)).status).toBe(202);
    };
    const list = async (sort: string): Promise<string[]> =>
      pageOf(await here.call('GET', `/api/jobs?sort=${sort}`)).items.map(({ id }) => id);
    await cancelOne();
    await cancelOne();
    for (const order of ['submitted', 'finished']) await redis.set(`{${prefix}}:history:${order}`, 'x');
    await cancelOne();
    expect(await list('created_at')).toEqual(submitted);
    expect(await list('finished_at')).toEqual(submitted);
    for (const order of ['submitted', 'finished', 'submission-of']) {
      const table = `{${prefix}}:history:${order}:0`;
      await redis.multi().del(table).rpush(table, 'x').exec();
    }
    await cancelOne();
    expect(here.logged()).toContain(`{${prefix}}:history:submission-of:0`);
  });

  describe('rejects a page from which jobs would be missing because of', () => {
    const prefix = 'damaged-history';
    const key = (...parts: string[]): string => `{${prefix}}:${parts.join(':')}`;
    const index = key('index', 'kind', 'deploy');
    const version = key('index', 'stack_version', 'v7');
    const position = key('history', 'submitted');
    const table = key('history', 'submitted', '0');
    const { redis } = environment;
    const setList = (name: string) => () => redis.pipeline().del(name).lpush(name, 'x').exec();
    const versions = Array.from({ length: 20 }, (_, number) => `v${number}`).join(',');

    let here: Awaited<ReturnType<typeof environment.apiInProcess>>;
    beforeAll(async () => {
      here = await environment.apiInProcess({ QUEUE_PREFIX: prefix });
      await here.call('POST', '/api/deployments', { body: deployment({ stack_version: 'v7' }) });
    });

    it.each<[string, string, string, string, () => Promise<unknown>]>([
      ['an index of a wrong type', 'kind=deploy', index, index, setList(index)],
      ['a damaged part of an index', 'kind=deploy', index, `${index} 0`, () => redis.hset(index, '0', 'garbage')],
      ['one of many indexes', `stack_version=${versions}`, version, version, setList(version)],
      ['a job table of a wrong type', 'limit=1', table, table, setList(table)],
      ['a job table that was cut off', 'limit=1', table, table, () => redis.set(table, 'x')],
      ['a position that is no number', 'limit=1', position, position, () => redis.set(position, 'x')],
    ])('%s', async (_name, query, name, place, damage) => {
      const path = `/api/jobs?${query}`;
      expect(pageOf(await here.call('GET', path)).items).toHaveLength(1);
      await redis.copy(name, `${name} saved`);
      await damage();
      for (const accept of ['application/json', 'text/csv']) {
        const answer = await here.call('GET', path, { headers: { accept } });
        expect(answer.status).toBe(500);
        expect(problemOf(answer).type).toBe('urn:lizzy:problem:history-damaged');
        expect(answer.json).toMatchObject({ redis_key: place, detail: expect.stringContaining(place) });
      }
      await redis.rename(`${name} saved`, name);
      expect(pageOf(await here.call('GET', path)).items).toHaveLength(1);
    });
  });
});
