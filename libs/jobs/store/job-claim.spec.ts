import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from './job-store.fixture.js';
import { ClaimLostError } from './claim-lost.error.js';
import { finishJob } from './finish-job.js';
import { LEASE_MS } from './lease.js';

describe('JobClaim', () => {
  let fixture: StoreFixture;
  const submit = async (): Promise<string> => (await fixture.submit()).id;

  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('is held by one worker only, and reports for how long at most', async () => {
    const id = await submit();
    await fixture.claim(id);

    const answer = await fixture.tryToClaim(id);
    expect(answer).toEqual({ heldForMs: expect.any(Number) });
    if ('heldForMs' in answer) expect(answer.heldForMs).toBeLessThanOrEqual(LEASE_MS);
  });

  it('is refused for a finished job, and for an unknown one', async () => {
    const id = await submit();
    const taken = await fixture.claim(id);
    await taken.finish({ ...taken.job.progress, status: 'succeeded' });

    expect(await fixture.tryToClaim(id)).toEqual({ refused: 'finished' });
    expect(await fixture.tryToClaim('unknown')).toEqual({ refused: 'not_found' });
  });

  it('is no new attempt after a release, but one after a crash', async () => {
    const id = await submit();
    await (await fixture.claim(id)).releaseClaim();
    const second = await fixture.claim(id);
    expect(second.job.attempt).toBe(1);
    await fixture.crash(second);

    expect((await fixture.claim(id)).job.attempt).toBe(2);
  });

  it('is not taken over from a worker that may still store its results, and is when that is over', async () => {
    const id = await submit();
    const held = await fixture.claim(id);
    await fixture.redis.del(fixture.keys.lease(id));

    expect(await fixture.tryToClaim(id, 700)).toEqual({ heldForMs: 700 });
    await held.save(held.job.progress, { madeProgress: false });
    await fixture.crash(held);
    expect((await fixture.claim(id)).job.attempt).toBe(2);
  });

  it('is given after a release, and for the first time, without waiting for workers that may still store results', async () => {
    const id = await submit();
    const first = await fixture.tryToClaim(id, 700);
    if (!('claim' in first)) throw new Error(JSON.stringify(first));
    await first.claim.releaseClaim();
    expect(await fixture.tryToClaim(id, 700)).toHaveProperty('claim');
  });

  it('is free immediately after a release, also when a renewal arrives later', async () => {
    const id = await submit();
    const given = await fixture.claim(id);
    await Promise.allSettled([given.releaseClaim(), given.renew()]);

    expect((await fixture.claim(id)).job.attempt).toBe(1);
  });

  it('counts crashes in a row, and resets the count when the job makes progress', async () => {
    const id = await submit();
    for (const crashes of [0, 1, 2]) {
      const taken = await fixture.claim(id);
      expect(taken.crashCount).toBe(crashes);
      await taken.save(taken.job.progress, { madeProgress: false });
      await fixture.crash(taken);
    }
    const third = await fixture.claim(id);
    expect(third.crashCount).toBe(3);
    await third.save(third.job.progress, { madeProgress: true });
    await fixture.crash(third);

    expect((await fixture.claim(id)).crashCount).toBe(1);
  });

  it('writes nothing any more once another worker has the job', async () => {
    const id = await submit();
    const late = await fixture.claim(id);
    await fixture.crash(late);
    const current = await fixture.claim(id);
    const before = await fixture.redis.hgetall(fixture.keys.job(id));
    const progress = { ...late.job.progress, status: 'failed' } as const;

    await expect(late.renew()).rejects.toThrow(ClaimLostError);
    await expect(late.save(progress, { madeProgress: true })).rejects.toThrow(ClaimLostError);
    await expect(late.finish(progress)).rejects.toThrow(ClaimLostError);
    await expect(late.log([{ source: 'agent', step: null, text: 'late' }])).rejects.toThrow(ClaimLostError);
    await expect(late.locks.acquire('name:eu-west-1:hello', { wait: true })).rejects.toThrow(ClaimLostError);
    await late.releaseClaim();
    expect(late.signal.aborted).toBe(true);
    expect(await fixture.redis.hgetall(fixture.keys.job(id))).toEqual(before);
    expect((await fixture.store.log({ id, after: 0, limit: 10 })).lines).toEqual([]);
    await expect(current.renew()).resolves.toBeUndefined();
  });

  it('stores what it sends without waiting in order, and nothing after a save that was refused', async () => {
    const id = await submit();
    const taken = await fixture.claim(id);
    const { progress } = taken.job;
    const startedAt = (started_at: string): typeof progress => ({ ...progress, started_at });
    const options = { madeProgress: true };
    await Promise.all(['first', 'second'].map((each) => taken.save(startedAt(each), options)));
    expect((await fixture.store.get(id))?.progress.started_at).toBe('second');

    await fixture.redis.config('SET', 'maxmemory', '1');
    const refused = taken.save(startedAt('third'), options);
    const hasMemory = fixture.redis.config('SET', 'maxmemory', '0');
    const afterIt = taken.save(startedAt('fourth'), options);
    await hasMemory;
    await expect(refused).rejects.toThrow('OOM');
    await expect(afterIt).rejects.toThrow(ClaimLostError);
    expect((await fixture.store.get(id))?.progress.started_at).toBe('second');
  });

  it('keeps the events of each save when Redis has forgotten the scripts', async () => {
    const id = await submit();
    const taken = await fixture.claim(id);
    const { progress } = taken.job;
    const waits = ['one', 'two'].map((detail) => ({
      reason: 'throttled' as const,
      since: '2026-11-26T10:00:00.000Z',
      detail,
      retry_at: '2026-11-26T10:00:00.000Z',
      retries: 1,
    }));
    await fixture.redis.script('FLUSH');
    await Promise.all(waits.map((waiting_for) => taken.save({ ...progress, waiting_for }, { madeProgress: true })));
    const events = await fixture.redis.xrange(fixture.keys.events(id), '-', '+');
    const text = JSON.stringify(events);
    for (const detail of ['one', 'two']) expect(text.split(detail)).toHaveLength(2);
  });

  it('finishes the job once, and knows it when the request is sent again because the reply was lost', async () => {
    const taken = await fixture.claim((await fixture.submit({ stack: 'ended-once' })).id);
    const { job, fence } = taken;
    const finished_at = '2026-11-26T10:00:00.000Z';
    const record = { ...job, progress: { ...job.progress, status: 'succeeded' as const, finished_at }, log: null };
    const finish = async (attempt: number): Promise<unknown> =>
      await finishJob(fixture.redis, fixture.keys, { record: { ...record, attempt }, events: [], fence });
    expect([await finish(1), await finish(1), await finish(2)]).toEqual([[1], [1], [0]]);
  });

  it('is lost when the store is restored from an earlier state, even if another worker then claims the job', async () => {
    const id = await submit();
    const before = await fixture.redis.hgetall(fixture.keys.job(id));
    const old = await fixture.claim(id);
    await fixture.redis.del(fixture.keys.job(id), fixture.keys.lease(id));
    await fixture.redis.hset(fixture.keys.job(id), before);
    await fixture.claim(id);

    await expect(old.renew()).rejects.toThrow(ClaimLostError);
  });

  it('leaves the index of its former status also when Redis was restored to the state before its last save', async () => {
    const { redis, store } = fixture;
    const { id } = await fixture.submit({ stack: 'restored' });
    const taken = await fixture.claim(id);
    const names = await redis.keys('*');
    const before = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
    const running = { ...taken.job.progress, status: 'running', waiting_for: null } as const;
    await taken.save(running, { madeProgress: true });
    await redis.flushdb();
    for (const [index, name] of names.entries()) {
      const dump = before[index];
      if (dump !== undefined) await redis.restore(name, 0, dump);
    }
    await taken.save({ ...running, waited_minutes: 1 }, { madeProgress: true });

    const count = async (status: string): Promise<number> =>
      (await store.history.pageWithCount({ filter: { stack_name: ['restored'], status: [status] }, limit: 1 })).count;
    expect([await count('queued'), await count('running')]).toEqual([0, 1]);
    await taken.finish({ ...running, status: 'succeeded' });
    expect([await count('queued'), await count('running'), await count('succeeded')]).toEqual([0, 0, 1]);
  });

  it('writes nothing into a store that was restarted empty', async () => {
    const taken = await fixture.claim(await submit());
    await fixture.redis.flushdb();

    await expect(taken.save(taken.job.progress, { madeProgress: true })).rejects.toThrow(ClaimLostError);
    await expect(taken.finish({ ...taken.job.progress, status: 'succeeded' })).rejects.toThrow(ClaimLostError);
    await taken.releaseClaim();
    expect(await fixture.redis.keys('*')).toEqual([]);
  });

  it('notices a cancel request when it is renewed, and does not let the job succeed then', async () => {
    const id = await submit();
    const taken = await fixture.claim(id);
    const order = { requestedBy: 'canceller', deleteStack: true };
    expect(await fixture.store.cancel(id, order)).toEqual({ outcome: 'requested', woken: [id] });

    expect(await taken.finish({ ...taken.job.progress, status: 'succeeded' })).toBe('cancel_requested');
    expect((await fixture.store.get(id))?.progress.status).toBe('queued');
    await taken.renew();
    expect(taken.signal.aborted).toBe(true);
    expect(taken.cancel).toMatchObject({ requested_by: 'canceller', delete_stack: true });
    expect(await taken.finish({ ...taken.job.progress, status: 'cancelled' })).toEqual([]);
    expect(await fixture.leakedKeys()).toEqual([]);
  });

  it('is not cancelled without the deletion that was requested after its worker had seen the first request', async () => {
    const id = await submit();
    const taken = await fixture.claim(id);
    const progress = { ...taken.job.progress, status: 'cancelled' } as const;
    await fixture.store.cancel(id, { requestedBy: 'canceller', deleteStack: false });
    await taken.renew();
    await fixture.store.cancel(id, { requestedBy: 'canceller', deleteStack: true });

    expect(await taken.finish(progress)).toBe('cancel_requested');
    await taken.renew();
    expect(taken.cancel).toMatchObject({ delete_stack: true });
    expect(await taken.finish(progress)).toEqual([]);
  });
});
