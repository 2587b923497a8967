import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../../local/services/until.js';
import { StoreFixture } from '../store/job-store.fixture.js';
import { type JobOutcome, JobWorker } from './job-worker.js';
import { JobQueue } from './job-queue.js';

const LONG_MS = 60_000;

describe('JobQueue and JobWorker', () => {
  let fixture: StoreFixture;
  let queue: JobQueue;
  const consumers: JobWorker[] = [];
  const consume = (handle: (id: string) => Promise<JobOutcome>): JobWorker => {
    const { prefix } = fixture;
    const options = {
      connection: fixture.connect(),
      prefix,
      concurrency: 1,
      process: handle,
      onError: () => undefined,
    };
    const consumer = new JobWorker(options);
    consumer.start();
    consumers.push(consumer);
    return consumer;
  };

  beforeAll(async () => {
    fixture = await StoreFixture.start();
    queue = new JobQueue(fixture.connect(), fixture.prefix, () => undefined);
  });
  afterEach(async () => {
    for (const consumer of consumers.splice(0)) {
      await consumer.drain();
      await consumer.close();
    }
  });
  afterAll(async () => {
    await queue.close();
    await fixture.stop();
  });

  it('takes and delivers jobs although Redis did not answer the first request', async () => {
    await fixture.redis.call('ACL', 'SETUSER', 'default', '-info');
    const young = new JobQueue(fixture.connect(), fixture.prefix, () => undefined);
    try {
      await young.add('early');
      expect(await young.has('early')).toBe(true);
      consume(() => Promise.resolve({ status: 'finished' }));
      await until('it to be gone', async () => !(await queue.has('early')));
    } finally {
      await fixture.redis.call('ACL', 'SETUSER', 'default', '+info');
      await young.close();
    }
  });

  it('occupies no slot with a waiting job, and delivers it again when it is woken', async () => {
    const seen: string[] = [];
    consume((id) => {
      seen.push(id);
      const again = id === 'waits' && seen.filter((each) => each === id).length === 1;
      return Promise.resolve(again ? { status: 'delayed', delayMs: LONG_MS } : { status: 'finished' });
    });
    await queue.add('waits');
    await queue.add('other');
    await until('both to be handled', () => seen.length === 2);
    await queue.wake('waits');

    await until('the woken job to be handled again', () => seen.length === 3);
    expect(seen).toEqual(['waits', 'other', 'waits']);
    await until('both to be done with', async () => !(await queue.has('waits')) && !(await queue.has('other')));
  });

  it('wakes a job that is just being delayed', async () => {
    let times = 0;
    consume(() => {
      times += 1;
      if (times > 1) return Promise.resolve({ status: 'finished' });
      void queue.wake('just now');
      return Promise.resolve({ status: 'delayed', delayMs: LONG_MS });
    });
    await queue.add('just now');

    await until('the job to be handled again', () => times === 2);
  });

  it('delivers a job again at the end of its delay when it was woken too early', async () => {
    const woken: boolean[] = [];
    consume(async () => {
      if (woken.length > 0) return { status: 'finished' };
      woken.push(await queue.wake('too early'));
      return { status: 'delayed', delayMs: 1 };
    });
    await queue.add('too early');

    await until('the job to be done with', async () => !(await queue.has('too early')));
    expect(woken).toEqual([false]);
  });

  it('adds a job once, however often it is submitted to the queue', async () => {
    await Promise.all(Array.from({ length: 5 }, () => queue.add('once')));
    let times = 0;
    const consumer = consume(() => {
      times += 1;
      return Promise.resolve({ status: 'finished' });
    });
    await until('the job to be done with', async () => !(await queue.has('once')));
    await consumer.drain();

    expect(times).toBe(1);
  });

  it('leaves to another worker what comes while it is paused, although it was waiting for a job', async () => {
    const seen: string[] = [];
    const handle =
      (name: string) =>
      (id: string): Promise<JobOutcome> => {
        seen.push(`${name} ${id}`);
        return Promise.resolve({ status: 'finished' });
      };
    const first = consume(handle('first'));
    await queue.add('before');
    await until('the first job', async () => !(await queue.has('before')));
    await until('the worker to wait', async () => String(await fixture.redis.client('LIST')).includes('cmd=bzpopmin'));
    await first.pause();
    await queue.add('paused');
    consume(handle('second'));
    await until('the second job', async () => !(await queue.has('paused')));
    expect(seen).toEqual(['first before', 'second paused']);
  });

  it('drains: the running job is processed, and no new one is taken', async () => {
    let release: () => void = () => undefined;
    const seen: string[] = [];
    const consumer = consume(async (id) => {
      seen.push(id);
      await new Promise<void>((resolve) => (release = resolve));
      return { status: 'finished' };
    });
    await queue.add('running');
    await until('the job to run', () => seen.length === 1);
    const drained = consumer.drain();
    await queue.add('later');
    release();
    await drained;

    expect(seen).toEqual(['running']);
    expect([await queue.has('running'), await queue.has('later')]).toEqual([false, true]);
  });

  it('wakes jobs that are delayed beyond a time, and only those', async () => {
    // `wakeLaterThan` reads the scores of BullMQ's delayed jobs: this fails when an upgrade stores them in another way.
    const seen: string[] = [];
    const times = (id: string): number => seen.filter((each) => each === id).length;
    const delays = new Map([
      ['too-long', LONG_MS * 2],
      ['long', LONG_MS / 2],
    ]);
    consume((id) => {
      seen.push(id);
      const delayMs = delays.get(id);
      return Promise.resolve(
        times(id) === 1 && delayMs !== undefined ? { status: 'delayed', delayMs } : { status: 'finished' },
      );
    });
    for (const id of delays.keys()) await queue.add(id);
    await until('both to wait', () => Promise.resolve(times('too-long') === 1 && times('long') === 1));
    await until('the job to be woken', async () => {
      await queue.wakeLaterThan(Date.now() + LONG_MS);
      return times('too-long') === 2;
    });
    expect(times('long')).toBe(1);
    expect(await queue.has('long')).toBe(true);
  });
});
