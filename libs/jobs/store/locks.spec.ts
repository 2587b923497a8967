import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type SpecJob, StoreFixture } from './job-store.fixture.js';
import { type JobClaim } from './job-claim.js';
import { domainScope, nameScope, versionScope } from '../redis/keys.js';

const VERSION = versionScope({ region: 'eu-west-1', name: 'hello', version: 'v1' });
const NAME = nameScope({ region: 'eu-west-1', name: 'hello' });
const patch = (request: Record<string, unknown>): Pick<SpecJob, 'kind' | 'request'> => ({
  kind: 'patch_stack',
  request: { region: 'eu-west-1', stack_name: 'hello', stack_version: 'v1', ...request },
});
const SWITCH = patch({ new_traffic: 50 });
const DELETION: Pick<SpecJob, 'kind' | 'request'> = {
  kind: 'delete_stack',
  request: { region: 'eu-west-1', stack_name: 'hello', stack_version: 'v1' },
};

describe('the locks of jobs', () => {
  let fixture: StoreFixture;
  const claims: JobClaim[] = [];
  const claimed = async (version = 'v1', job: Pick<SpecJob, 'kind' | 'request'> = {}): Promise<JobClaim> => {
    const claim = await fixture.claim((await fixture.submit({ version, ...job })).id);
    claims.push(claim);
    return claim;
  };
  const id = (claim: JobClaim): string => claim.job.submission.id;
  const end = (claim: JobClaim): Promise<string[] | 'cancel_requested'> =>
    claim.finish({ ...claim.job.progress, status: 'failed' });

  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterEach(async () => {
    for (const claim of claims.splice(0)) await end(claim).catch(() => undefined);
    expect(await fixture.leakedKeys()).toEqual([]);
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('are granted in the order of submission, not of the requests', async () => {
    const [first, second, third] = [await claimed(), await claimed(), await claimed()];

    expect(await third.locks.acquire(VERSION, { wait: true })).toBe(id(first));
    expect(await second.locks.acquire(VERSION, { wait: true })).toBe(id(first));
    expect(await first.locks.acquire(VERSION, { wait: true })).toBeNull();
    expect(await third.locks.acquire(VERSION, { wait: true })).toBe(id(first));
    expect([await second.locks.positionInQueue(VERSION), await third.locks.positionInQueue(VERSION)]).toEqual([0, 1]);
    expect(await end(first)).toEqual([id(second)]);
    expect(await third.locks.acquire(VERSION, { wait: true })).toBe(id(second));
    expect(await second.locks.acquire(VERSION, { wait: true })).toBeNull();
  });

  it.each([VERSION, NAME, domainScope('shop.example.org')])(
    'are granted and freed as usual when another program has written into %s',
    async (scope) => {
      const { redis, keys } = fixture;
      const overwrite = async (): Promise<void> => {
        await redis.del(keys.lock(scope), keys.lockQueue(scope));
        for (const key of [keys.lock(scope), keys.lockQueue(scope)]) await redis.lpush(key, 'of another program');
      };
      const [first, second] = [await claimed(), await claimed()];
      await overwrite();
      expect(await first.locks.acquire(scope, { wait: true })).toBeNull();
      await overwrite();
      expect(await first.locks.release(scope)).toBeNull();
      expect(await first.locks.acquire(scope, { wait: true })).toBeNull();
      expect(await second.locks.acquire(scope, { wait: true })).toBe(id(first));
      await redis.del(keys.lock(scope));
      await redis.lpush(keys.lock(scope), 'of another program');
      expect(await end(first)).toContain(id(second));
      expect(await second.locks.acquire(scope, { wait: true })).toBeNull();
    },
  );

  it('are kept by the job when its worker crashes', async () => {
    const [first, second] = [await claimed(), await claimed()];
    await first.locks.acquire(VERSION, { wait: true });
    await fixture.crash(first);

    expect(await second.locks.acquire(VERSION, { wait: true })).toBe(id(first));
    const again = await fixture.claim(id(first));
    claims.push(again);
    expect(await again.locks.acquire(VERSION, { wait: true })).toBeNull();
  });

  it('of a name are granted to rollbacks first, in the order of their submission', async () => {
    const running = await claimed('v1');
    const waiting = [await claimed('v2', SWITCH), await claimed('v3', SWITCH)];
    const rollbacks = [await claimed('v1', { kind: 'rollback' }), await claimed('v1', { kind: 'rollback' })];
    expect(await running.locks.acquire(NAME, { wait: true })).toBeNull();
    for (const each of [...waiting, ...rollbacks.toReversed()]) await each.locks.acquire(NAME, { wait: true });

    const places = await Promise.all([...rollbacks, ...waiting].map((each) => each.locks.positionInQueue(NAME)));
    expect(places).toEqual([0, 1, 2, 3]);
    expect(await running.locks.release(NAME)).toBe(id(rollbacks[0] ?? running));
  });

  it('of a name exclude each other between versions, and wake the next job when freed', async () => {
    const [one, two] = [await claimed('v1'), await claimed('v2')];
    expect(await two.locks.acquire(NAME, { wait: true })).toBeNull();
    expect(await one.locks.acquire(NAME, { wait: true })).toBe(id(two));

    expect(await two.locks.release(NAME)).toBe(id(one));
    expect(await one.locks.acquire(NAME, { wait: true })).toBeNull();
    expect(await two.locks.acquire(NAME, { wait: true })).toBe(id(one));
  });

  it.each([
    ['switch', SWITCH],
    ['deletion', DELETION],
  ])('of a name are kept from its submission on for a %s', async (_what, job) => {
    const [first, second] = [await claimed('v1', job), await claimed('v2', job)];

    expect(await second.locks.acquire(NAME, { wait: true })).toBe(id(first));
    expect(await first.locks.acquire(NAME, { wait: true })).toBeNull();
  });

  it('of a name are kept for two switches of one version in a row', async () => {
    const [first, second, third] = [
      await claimed('v1', SWITCH),
      await claimed('v1', DELETION),
      await claimed('v2', SWITCH),
    ];

    expect(await first.locks.acquire(VERSION, { wait: true })).toBeNull();
    expect(await first.locks.acquire(NAME, { wait: true })).toBeNull();
    const fourth = await claimed('v1', SWITCH);
    expect(await end(first)).toEqual(expect.arrayContaining([id(second)]));
    expect(await third.locks.acquire(NAME, { wait: true })).toBe(id(second));
    expect(await end(second)).toEqual(expect.arrayContaining([id(third), id(fourth)]));
    expect(await fourth.locks.acquire(NAME, { wait: true })).toBe(id(third));
  });

  it.each([
    ['a creation', {}],
    ['a new image', patch({ new_ami_image: 'ami-1', new_traffic: 50 })],
    ['a new size', patch({ new_scale: 3, new_traffic: 50 })],
  ])('of a name are not kept for a switch that waits behind %s', async (_what, job) => {
    const before = await claimed('v1', job);
    const behind = await claimed('v1', SWITCH);
    const other = await claimed('v2', SWITCH);
    await before.locks.acquire(VERSION, { wait: true });
    const later = await claimed('v1', SWITCH);

    expect(await other.locks.acquire(NAME, { wait: true })).toBeNull();
    expect(await behind.locks.acquire(NAME, { wait: true })).toBe(id(other));
    expect(await later.locks.acquire(NAME, { wait: true })).toBe(id(other));
  });

  it('leave no entry for a job that does not wait', async () => {
    const [holder, passer] = [await claimed('v1'), await claimed('v2')];
    await holder.locks.acquire(VERSION, { wait: true });

    expect(await passer.locks.acquire(VERSION, { wait: false })).toBe(id(holder));
    expect(await end(holder)).toEqual([]);
    expect(await passer.locks.acquire(VERSION, { wait: false })).toBeNull();
    expect(await passer.locks.release(VERSION)).toBeNull();
  });

  it('of a version that a submitted job waits for are not taken by one that does not wait', async () => {
    const [waiting, passer] = [await claimed('v1'), await claimed('v2')];

    expect(await passer.locks.acquire(VERSION, { wait: false })).toBe(id(waiting));
  });

  it('are dropped by a job that is cancelled while it waits', async () => {
    const [holder, waiting, last] = [await claimed(), await claimed(), await claimed()];
    await holder.locks.acquire(VERSION, { wait: true });
    await waiting.locks.acquire(VERSION, { wait: true });
    await waiting.finish({ ...waiting.job.progress, status: 'cancelled' });

    expect(await end(holder)).toEqual([id(last)]);
  });
});
