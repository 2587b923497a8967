import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobRecord } from '../model/job.js';
import { JobRecords } from '../store/job-records.js';
import { StoreFixture } from '../store/job-store.fixture.js';
import { type HistoryFilter, historyValues, matchesFields, matchesTimes } from './filter.js';
import { JobHistory } from './job-history.js';

/** More than an index keeps as a list of offsets (1,023), so that it becomes a bitmap. */
const JOBS = 1_200;
const MANY_VERSIONS = Array.from({ length: 40 }, (_, index) => `v${index * 5}`);

function matchesFilter({ submission, progress }: JobRecord, filter: HistoryFilter): boolean {
  const { created_at } = submission;
  const { status, finished_at } = progress;
  return matchesFields(historyValues(submission, status), filter) && matchesTimes({ created_at, finished_at }, filter);
}

/** Every job that matches, by reading all pages. */
async function allPages(history: JobHistory, query: Parameters<JobHistory['page']>[0]): Promise<string[]> {
  const ids: string[] = [];
  let before: number | null = null;
  do {
    const page = await history.page({ ...query, before });
    ids.push(...page.items.map(({ submission }) => submission.id));
    before = page.next;
  } while (before !== null);
  return ids;
}

describe('the history', () => {
  let fixture: StoreFixture;
  let jobs: JobRecord[];

  async function finish(id: string, status: 'succeeded' | 'failed'): Promise<void> {
    const claim = await fixture.claim(id);
    const now = new Date().toISOString();
    await claim.save(
      { ...claim.job.progress, status: 'running', started_at: now, waiting_for: null },
      { madeProgress: true },
    );
    await claim.finish({ ...claim.job.progress, status, waiting_for: null, finished_at: now });
  }

  beforeAll(async () => {
    fixture = await StoreFixture.start();
    const ids: string[] = [];
    for (let number = 0; number < JOBS; number += 1) {
      const { id } = await fixture.submit({
        kind: number % 5 === 0 ? 'delete_stack' : 'deploy',
        stack: number % 2 === 0 ? 'even' : 'odd',
        version: `v${number}`,
        requestedBy: number % 100 === 7 ? 'eve' : 'robot',
        ...(number % 300 === 0 ? { commit: `c${number}` } : {}),
      });
      ids.push(id);
    }
    // The jobs finish in another order than they were submitted.
    for (const [number, id] of [...ids.entries()].reverse()) {
      if (number % 3 !== 0) await finish(id, number % 4 === 0 ? 'failed' : 'succeeded');
    }
    jobs = await Promise.all(ids.map((id) => fixture.store.get(id))).then((all) => all.filter((job) => job !== null));
  });
  afterAll(async () => {
    await fixture.stop();
  });

  const bySubmission = (found: readonly JobRecord[]): string[] =>
    [...found].sort((a, b) => b.seq - a.seq).map(({ submission }) => submission.id);

  it.each<[string, HistoryFilter]>([
    ['every job', {}],
    ['one status', { status: ['queued'] }],
    ['several statuses', { status: ['queued', 'failed'] }],
    ['several fields', { status: ['failed'], stack_name: ['even'], kind: ['delete_stack'] }],
    ['a user with few jobs', { requested_by: ['eve'], status: ['succeeded'] }],
    ['a commit', { commit: ['c300', 'c900', 'none'] }],
    ['a version', { stack_version: ['v77'] }],
    ['more values than are listed by chunk', { stack_version: MANY_VERSIONS }],
    ['many values of one field, and one of another', { stack_version: MANY_VERSIONS, status: ['queued'] }],
    ['fields without a common job', { stack_name: ['even'], stack_version: ['v77'] }],
    ['an unknown value', { region: ['eu-north-9'] }],
    ['a piece of the name', { stack_name_contains: 'EVE', status: ['failed'] }],
    ['a piece of a name, and other names', { stack_name_contains: 'd', stack_name: ['odd', 'even'] }],
    ['a piece that no name has', { stack_name_contains: 'x' }],
  ])('finds %s, in pages, and counts them', async (_, filter) => {
    const wanted = jobs.filter((job) => matchesFilter(job, filter));
    expect(await allPages(fixture.store.history, { filter, limit: 97 })).toEqual(bySubmission(wanted));
    expect(await fixture.store.history.pageWithCount({ filter, limit: 1 })).toMatchObject({
      count: wanted.length,
      isExact: true,
    });
  });

  it('finds jobs by the time of their submission and of their end', async () => {
    const times = jobs.map(({ submission }) => Date.parse(submission.created_at));
    const ends = jobs.flatMap(({ progress }) =>
      progress.finished_at === null ? [] : [Date.parse(progress.finished_at)],
    );
    const created_after = times[300] ?? 0;
    const created_before = times[900] ?? 0;
    const finished_after = ends[200] ?? 0;
    for (const filter of [
      { created_after },
      { created_before },
      { created_after, created_before, status: ['failed'] },
      { finished_after },
      { finished_after, created_before, stack_name: ['odd'] },
    ]) {
      const wanted = jobs.filter((job) => matchesFilter(job, filter));
      expect(wanted.length).toBeGreaterThan(0);
      expect(await allPages(fixture.store.history, { filter, limit: 200 })).toEqual(bySubmission(wanted));
      const finished = wanted
        .filter(({ progress }) => progress.finished_at !== null)
        .map(({ submission }) => submission.id);
      const inOrderOfEnds = await allPages(fixture.store.history, { filter, order: 'finished', limit: 150 });
      expect(new Set(inOrderOfEnds)).toEqual(new Set(finished));
    }
  });

  it('shows finished jobs in the order of their ends', async () => {
    const page = await fixture.store.history.page({ order: 'finished', limit: 3 });
    const numbers = page.items.map(({ submission }) => submission.stack_version);
    expect(numbers).toEqual(['v1', 'v2', 'v4']);
    const filter = { status: ['failed'] };
    const failed = jobs.filter((job) => matchesFilter(job, filter)).sort((a, b) => a.seq - b.seq);
    const ids = failed.map(({ submission }) => submission.id);
    expect(await allPages(fixture.store.history, { filter, order: 'finished', limit: 40 })).toEqual(ids);
    expect(await fixture.store.history.pageWithCount({ filter, order: 'finished', limit: 1 })).toMatchObject({
      count: failed.length,
      isExact: true,
    });
  });

  it('counts no further than the limit, and shows pages beyond it', async () => {
    const { redis, keys } = fixture;
    const history = new JobHistory(redis, keys, new JobRecords(redis, keys), 10);
    const wanted = bySubmission(jobs);
    const before = jobs.find(({ submission }) => submission.id === wanted[700])?.seq ?? 0;
    const page = await history.pageWithCount({ before, limit: 40 });
    expect(page).toMatchObject({ count: 10, isExact: false });
    expect(page.items.map(({ submission }) => submission.id)).toEqual(wanted.slice(701, 741));
  });

  it('keeps its place when jobs are submitted and finish meanwhile', async () => {
    const filter = { status: ['queued'], stack_name: ['even'] };
    const wanted = bySubmission(jobs.filter((job) => matchesFilter(job, filter)));
    const first = await fixture.store.history.page({ filter, limit: 10 });
    await fixture.submit({ stack: 'even', version: 'later' });
    await finish(wanted[4] ?? '', 'succeeded');
    await finish(wanted[12] ?? '', 'succeeded');
    const second = await fixture.store.history.page({ filter, limit: 10, before: first.next });
    const expected = [...wanted.slice(10, 12), ...wanted.slice(13, 21)];
    expect(second.items.map(({ submission }) => submission.id)).toEqual(expected);
  });

  it('finds jobs that have finished since the query before, by the time of their end', async () => {
    const { store } = fixture;
    const { id } = await fixture.submit({ stack: 'later', version: 'v1' });
    const filter = { stack_name: ['later'], finished_after: 1 };
    expect(await allPages(store.history, { filter, limit: 10 })).toEqual([]);
    await finish(id, 'failed');
    expect(await allPages(store.history, { filter, limit: 10 })).toEqual([id]);
    expect(
      await allPages(store.history, { filter: { ...filter, finished_after: Date.now() + 3_600_000 }, limit: 10 }),
    ).toEqual([]);
  });

  it('finds jobs by the time of their end after Redis was restarted empty', async () => {
    const { redis, store } = fixture;
    const filter = { finished_after: 1 };
    expect((await store.history.page({ filter, limit: 1 })).items).toHaveLength(1);
    await redis.flushall();
    const { id } = await fixture.submit({ stack: 'even', version: 'v1' });
    await finish(id, 'succeeded');
    const { items } = await store.history.page({ filter, limit: 10 });
    expect(items.map(({ submission }) => submission.id)).toEqual([id]);
  });
});
