import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { StoreFixture } from '../store/job-store.fixture.js';
import { Maintenance } from './maintenance.js';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.start();
});
afterAll(async () => {
  await fixture.stop();
});

it('is run by one of several processes, soon after they start', async () => {
  const runs: number[] = [];
  let done: () => void = () => undefined;
  const ran = new Promise<void>((resolve) => (done = resolve));
  const processes = [1, 2, 3].map(
    (number) =>
      new Maintenance({
        connection: fixture.connect(),
        prefix: fixture.prefix,
        onError: () => undefined,
        run: (signal) => {
          runs.push(number);
          done();
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              resolve();
            });
          });
        },
      }),
  );
  await Promise.all(processes.map((each) => each.start()));
  await ran;
  expect(runs).toHaveLength(1);
  await Promise.all(processes.map((each) => each.close()));
});
