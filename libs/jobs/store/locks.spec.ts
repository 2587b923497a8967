import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from '../job-store.fixture.js';
import { type JobClaim } from './job-claim.js';
import { nameScope, versionScope } from './job-keys.js';

const VERSION = versionScope({ region: 'eu-west-1', name: 'hello', version: 'v1' });
const NAME = nameScope({ region: 'eu-west-1', name: 'hello' });

describe('the locks of jobs', () => {
  let fixture: StoreFixture;
  const claims: JobClaim[] = [];
  const claimed = async (version = 'v1'): Promise<JobClaim> => {
    const claim = await fixture.claim((await fixture.submit({ version })).id);
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
    expect(await fixture.leftovers()).toEqual([]);
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('are taken in the order of submission, whoever asks first', async () => {
    const [first, second, third] = [await claimed(), await claimed(), await claimed()];

    expect(await third.acquire(VERSION, { wait: true })).toBe(id(first));
    expect(await second.acquire(VERSION, { wait: true })).toBe(id(first));
    expect(await first.acquire(VERSION, { wait: true })).toBeNull();
    expect(await third.acquire(VERSION, { wait: true })).toBe(id(first));
    expect([await second.placeInQueue(VERSION), await third.placeInQueue(VERSION)]).toEqual([0, 1]);
    expect(await end(first)).toEqual([id(second)]);
    expect(await third.acquire(VERSION, { wait: true })).toBe(id(second));
    expect(await second.acquire(VERSION, { wait: true })).toBeNull();
  });

  it('stay with the job when its worker dies', async () => {
    const [first, second] = [await claimed(), await claimed()];
    await first.acquire(VERSION, { wait: true });
    await fixture.die(first);

    expect(await second.acquire(VERSION, { wait: true })).toBe(id(first));
    const again = await fixture.claim(id(first));
    claims.push(again);
    expect(await again.acquire(VERSION, { wait: true })).toBeNull();
  });

  it('of a name exclude each other between versions, and wake who waits when freed', async () => {
    const [one, two] = [await claimed('v1'), await claimed('v2')];
    expect(await two.acquire(NAME, { wait: true })).toBeNull();
    expect(await one.acquire(NAME, { wait: true })).toBe(id(two));

    expect(await two.release(NAME)).toBe(id(one));
    expect(await one.acquire(NAME, { wait: true })).toBeNull();
    expect(await two.acquire(NAME, { wait: true })).toBe(id(one));
  });

  it('leave no trace of a job that does not want to wait', async () => {
    const [holder, passer] = [await claimed('v1'), await claimed('v2')];
    await holder.acquire(VERSION, { wait: true });

    expect(await passer.acquire(VERSION, { wait: false })).toBe(id(holder));
    expect(await end(holder)).toEqual([]);
    expect(await passer.acquire(VERSION, { wait: false })).toBeNull();
    expect(await passer.release(VERSION)).toBeNull();
  });

  it('of a version that a submitted job waits for are not taken by one that does not wait', async () => {
    const [waiting, passer] = [await claimed('v1'), await claimed('v2')];

    expect(await passer.acquire(VERSION, { wait: false })).toBe(id(waiting));
  });

  it('are left by a job that is cancelled while it waits', async () => {
    const [holder, waiting, last] = [await claimed(), await claimed(), await claimed()];
    await holder.acquire(VERSION, { wait: true });
    await waiting.acquire(VERSION, { wait: true });
    await waiting.finish({ ...waiting.job.progress, status: 'cancelled' });

    expect(await end(holder)).toEqual([id(last)]);
  });
});
