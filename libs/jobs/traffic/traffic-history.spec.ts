import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from '../store/job-store.fixture.js';
import { dropWrongTypes } from '../store/wrong-types.js';
import { TrafficHistory } from './traffic-history.js';

describe('the traffic changes of an application', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('are none, and can be written again after a job has met it, when Redis holds something else in their place', async () => {
    const { redis, keys } = fixture;
    const { id } = await fixture.submit();
    const { submission } = (await fixture.claim(id)).job;
    const application = { region: submission.region, name: submission.stack_name };
    const places = [keys.trafficChanges(application), keys.rollbacks(application)];
    for (const place of places) await redis.set(place, 'x');
    const history = new TrafficHistory(redis, keys);
    expect(await history.list(application)).toEqual([]);
    expect(await dropWrongTypes(redis, keys, submission)).toEqual(expect.arrayContaining(places));
    expect(await history.supersededBy(application, 1)).toBeNull();
  });
});
