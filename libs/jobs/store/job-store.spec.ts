import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { feedPosition } from '../events/read-events.js';
import { type JobPage } from '../history/job-history.js';
import { StoreFixture } from './job-store.fixture.js';
import { nameScope, versionScope } from '../redis/keys.js';
import { JobStore } from './job-store.js';
import { packJob } from './packed-job.js';

describe('JobStore', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  const key = (fingerprint: string, digest: string = randomUUID()): { digest: string; fingerprint: string } => ({
    digest,
    fingerprint,
  });

  it('lists a submitted job in the history and among the unfinished, with its request', async () => {
    const { outcome, id } = await fixture.submit();

    expect(outcome).toBe('submitted');
    expect((await fixture.store.history.page({ limit: 1 })).items[0]?.submission.id).toBe(id);
    expect(await fixture.store.unfinished()).toContain(id);
    expect(await fixture.store.request(id)).toEqual({ anything: true });
    expect(await fixture.store.get(id)).toMatchObject({ attempt: 0, cancel: null, progress: { status: 'queued' } });
  });

  it('stores a whole job when another program has written into an index, and reports the dropped key', async () => {
    const dropped: string[] = [];
    const store = new JobStore(fixture.redis, fixture.keys, (keys) => dropped.push(...keys));
    const index = fixture.keys.index('requested_by', 'victim');
    await fixture.redis.set(index, 'of another program');

    const { id } = await fixture.submit({ requestedBy: 'victim', store });

    expect(dropped).toEqual([index]);
    for (const filter of [{ requested_by: ['victim'] }, { kind: ['deploy'] }, { status: ['queued'] }]) {
      const { items } = await store.history.page({ filter, limit: 1 });
      expect(items[0]?.submission.id).toBe(id);
    }
    expect(await fixture.redis.xlen(fixture.keys.events(id))).toBe(1);
  });

  it('audits a submission once when another program has written into a lock or its queue', async () => {
    const { redis, keys } = fixture;
    const stack = { region: 'eu-west-1', name: 'overwritten', version: 'v1' };
    const scope = versionScope(stack);
    for (const key of [keys.lock(scope), keys.lockQueue(scope), keys.lock(nameScope(stack))]) {
      await redis.lpush(key, 'of another program');
    }
    const before = await redis.xlen(keys.audit);
    expect((await fixture.submit({ stack: stack.name })).outcome).toBe('submitted');
    expect((await redis.xlen(keys.audit)) - before).toBe(1);
  });

  it.each(['not a number', '1e3', '99999999999999999999'])(
    'stores a whole job when the counters are %s, continues the numbers of the feed, and reports the dropped keys',
    async (value) => {
      const dropped: string[] = [];
      const store = new JobStore(fixture.redis, fixture.keys, (keys) => dropped.push(...keys));
      await fixture.submit({ store });
      const { feed, size, feedPosition: counter } = fixture.keys;
      const [before = ['0-0']] = await fixture.redis.xrevrange(feed, '+', '-', 'COUNT', 1);
      await fixture.redis.mset(counter, value, size, value);
      expect(`${await feedPosition(fixture.redis, fixture.keys)}-0`).toBe(before[0]);

      const { id, outcome } = await fixture.submit({ store });

      expect(outcome).toBe('submitted');
      expect(dropped.sort()).toEqual([counter, size].sort());
      expect((await store.history.page({ limit: 1 })).items[0]?.submission.id).toBe(id);
      const [after = ['0-0']] = await fixture.redis.xrevrange(feed, '+', '-', 'COUNT', 1);
      expect(Number.parseInt(after[0], 10)).toBe(Number.parseInt(before[0], 10) + 1);
      expect(await fixture.redis.get(counter)).toBe(String(Number.parseInt(after[0], 10)));
      expect(Number(await fixture.redis.get(size))).toBe(1);
    },
  );

  it('returns the first job of an idempotency key, however many requests arrive at the same instant', async () => {
    const idempotency = key('body');
    const answers = await Promise.all(Array.from({ length: 10 }, () => fixture.submit({ idempotency })));

    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array.from({ length: 9 }, () => 'replayed'),
      'submitted',
    ]);
  });

  it('reports an idempotency key that is reused with another body', async () => {
    const { digest } = key('');
    const { id } = await fixture.submit({ idempotency: key('one body', digest) });

    expect(await fixture.submit({ idempotency: key('another', digest) })).toEqual({ outcome: 'key_reused', id });
  });

  it('names the unfinished job that does the same, until it has finished', async () => {
    const same = { stack: 'twin', fingerprint: 'twin', refuseDuplicate: true };
    const { id } = await fixture.submit(same);

    expect(await fixture.submit(same)).toEqual({ outcome: 'duplicate', id });
    const claim = await fixture.claim(id);
    await claim.locks.acquire('version:eu-west-1:twin-v1', { wait: true });
    expect(await fixture.submit(same)).toEqual({ outcome: 'duplicate', id });
    expect(await fixture.submit({ ...same, fingerprint: 'other content' })).toMatchObject({ outcome: 'submitted' });
    await claim.finish({ ...claim.job.progress, status: 'succeeded' });
    expect(await fixture.submit(same)).toMatchObject({ outcome: 'submitted' });
  });

  it('returns the history in pages, newest first, each job once', async () => {
    const submitted: string[] = [];
    for (let count = 0; count < 7; count += 1) submitted.push((await fixture.submit()).id);
    const newest = (await fixture.store.get(submitted.at(-1) ?? ''))?.seq ?? 0;
    const seen: string[] = [];
    let before: number | null = newest + 1;
    while (before !== null && seen.length < 7) {
      const page = await fixture.store.history.page({ before, limit: 3 });
      seen.push(...page.items.map(({ submission }) => submission.id));
      before = page.next;
    }

    expect(seen.slice(0, 7)).toEqual(submitted.reverse());
  });

  it('has no further page after the last', async () => {
    const all = await fixture.store.history.page({ limit: 1000 });
    const page = await fixture.store.history.page({ limit: all.items.length });

    expect(page.next).toBeNull();
    expect((await fixture.store.history.page({ before: all.items.at(-1)?.seq ?? 0, limit: 5 })).items).toEqual([]);
  });

  it('shows what Redis holds now of a finished job that it has shown before', async () => {
    const { redis, keys, store } = fixture;
    const { id } = await fixture.submit({ stack: 'restored' });
    await store.cancel(id, { requestedBy: 'canceller', deleteStack: false });
    const page = async (): Promise<JobPage> =>
      await store.history.page({ filter: { stack_name: ['restored'] }, limit: 1 });
    const [job] = (await page()).items;
    if (job === undefined) throw new Error('the job is not in the history');
    expect((await page()).items).toEqual([job]);
    // As in a Redis that was restored to earlier data, in which the job then had another end.
    const other = { ...job, log: { lines: 7, sha256: null } };
    await redis.hset(keys.job(id), 'finished', packJob(other));
    expect((await page()).items).toEqual([other]);
    await redis.hset(keys.job(id), 'finished', 'x');
    expect((await page()).damaged).toMatchObject([{ id }]);
    await redis.del(keys.job(id));
    expect(await page()).toMatchObject({ items: [], damaged: [] });
  });

  it('finishes a job without a claim immediately, and returns the job that its lock wakes', async () => {
    const first = await fixture.submit({ stack: 'queue' });
    const second = await fixture.submit({ stack: 'queue' });
    const order = { requestedBy: 'canceller', deleteStack: false };

    expect(await fixture.store.cancel(first.id, order)).toEqual({ outcome: 'cancelled', woken: [second.id] });
    expect(await fixture.store.get(first.id)).toMatchObject({
      cancel: { requested_by: 'canceller' },
      progress: { status: 'cancelled', waiting_for: null },
    });
    expect(await fixture.store.cancel(first.id, order)).toEqual({ outcome: 'finished', woken: [] });
    expect(await fixture.store.cancel(randomUUID(), order)).toEqual({ outcome: 'not_found', woken: [] });
  });

  it('keeps the request of a finished job for seven days', async () => {
    const { id } = await fixture.submit();
    expect(await fixture.redis.ttl(fixture.keys.request(id))).toBe(-1);
    await fixture.store.cancel(id, { requestedBy: 'canceller', deleteStack: false });

    expect(await fixture.redis.ttl(fixture.keys.request(id))).toBeGreaterThan(7 * 24 * 3600 - 10);
  });

  it('continues after jobs that were dropped while the history was read, even a whole page', async () => {
    const submitted: string[] = [];
    for (let count = 0; count < 5; count += 1) submitted.push((await fixture.submit()).id);
    const [oldest = '', , , dropped = '', newest = ''] = submitted;
    const before = ((await fixture.store.get(newest))?.seq ?? 0) + 1;
    await fixture.redis.del(fixture.keys.job(newest), fixture.keys.job(dropped));
    const first = await fixture.store.history.page({ before, limit: 2 });
    const second = await fixture.store.history.page({ before: first.next, limit: 3 });

    expect(first.items).toEqual([]);
    expect(second.items.at(-1)?.submission.id).toBe(oldest);
  });

  it('returns the position of each job that waits for a worker, also when others have been claimed or cancelled', async () => {
    const ids: string[] = [];
    for (const version of ['p1', 'p2', 'p3', 'p4']) ids.push((await fixture.submit({ stack: 'places', version })).id);
    const before = (await fixture.store.waitingPositions(ids)).map((position) => position ?? 0);
    await fixture.claim(ids[0] ?? '');
    await fixture.store.cancel(ids[2] ?? '', { requestedBy: 'tester', deleteStack: false });
    const [first = 0] = before;
    expect(before).toEqual([first, first + 1, first + 2, first + 3]);
    expect(await fixture.store.waitingPositions(ids)).toEqual([null, first, null, first + 1]);
  });

  it('reports a permission that Redis denies as such, not as damaged jobs', async () => {
    const { id } = await fixture.submit({ stack: 'denied' });
    await fixture.redis.acl('SETUSER', 'default', '-hmget');
    try {
      await expect(fixture.store.getMany([id])).rejects.toThrow('has no permissions');
    } finally {
      await fixture.redis.acl('SETUSER', 'default', '+hmget');
    }
    expect(await fixture.store.getMany([id])).toMatchObject([{ submission: { id } }]);
  });
});
