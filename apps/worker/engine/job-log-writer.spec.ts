import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobClaim, type LogLine } from '#jobs';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { JobLogWriter } from './job-log-writer.js';

const line = (text: string): LogLine => ({ source: 'stdout', step: 'create', text });
const numbered = (count: number): string[] => Array.from({ length: count }, (_, number) => `line ${number}`);

describe('the writer of a job’s log', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  async function claimed(): Promise<JobClaim> {
    return await fixture.claim((await fixture.submit()).id);
  }

  async function textsOf(claim: JobClaim): Promise<string[]> {
    const { lines } = await fixture.store.log({ id: claim.job.submission.id, after: 0, limit: 20_000 });
    return lines.map(({ text }) => text);
  }

  /** Redis accepts no writes meanwhile. */
  async function withFullRedis(work: () => void): Promise<void> {
    await fixture.redis.config('SET', 'maxmemory', '1');
    work();
    await fixture.redis.ping();
    await fixture.redis.config('SET', 'maxmemory', '0');
  }

  it('writes all lines in order, and a text of several lines as several entries', async () => {
    const claim = await claimed();
    const writer = new JobLogWriter(claim);
    for (const text of numbered(450)) writer.write(line(text));
    writer.write({ source: 'agent', step: null, text: 'Failed:\r\n  the first\n  the second' });
    await writer.flush();
    claim.stop();

    expect(await textsOf(claim)).toEqual([...numbered(450), 'Failed:', '  the first', '  the second']);
  });

  it('keeps lines while Redis accepts none, and writes each of them once', async () => {
    const claim = await claimed();
    const writer = new JobLogWriter(claim);
    await withFullRedis(() => {
      for (const text of numbered(300)) writer.write(line(text));
    });
    await writer.flush();
    claim.stop();

    expect(await textsOf(claim)).toEqual(numbered(300));
  });

  it('reports how many lines it dropped, in their place, when too many wait', async () => {
    const claim = await claimed();
    const writer = new JobLogWriter(claim, 1_000);
    await withFullRedis(() => {
      for (const text of numbered(1_207)) writer.write(line(text));
    });
    await writer.flush();
    writer.write(line('after'));
    await writer.flush();
    claim.stop();

    // The first line was on its way, 1,000 waited.
    const kept = await textsOf(claim);
    expect(kept.slice(0, 1_001)).toEqual(numbered(1_001));
    expect(kept.slice(1_001)).toEqual(['[206 lines are missing: too many waited to be written]', 'after']);
  });

  it('writes nothing into the log of a job that another worker has, and says there what can be missing', async () => {
    const claim = await claimed();
    const writer = new JobLogWriter(claim);
    writer.write(line('one'));
    await writer.flush();
    await fixture.crash(claim);
    const next = await fixture.claim(claim.job.submission.id);
    const successor = new JobLogWriter(next);
    writer.write(line('too late'));
    await Promise.all([writer.flush(), successor.flush()]);
    next.stop();

    expect(await textsOf(claim)).toEqual([
      'one',
      '[the previous worker stopped unexpectedly: its last lines may be missing]',
    ]);
  });
});
