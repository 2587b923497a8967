import { JobDurations, Retention, WorkerRegistry } from '#jobs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { OPEN_RULES } from '../../../../libs/auth/access-rules.fixture.js';
import { StoreFixture } from '../../../../libs/jobs/store/job-store.fixture.js';
import { WorkerMonitor } from '../../status/worker-monitor.js';
import { csvRecord, HistoryExport } from './history-export.js';
import { JobPresenter } from '../job.presenter.js';

const withId = z.object({ id: z.string() });
const caller = { uid: 'robot', realm: null, clientId: null, isAdmin: false };

describe('downloads of the history', () => {
  let fixture: StoreFixture;
  let exports: HistoryExport;
  beforeEach(async () => {
    fixture = await StoreFixture.start();
    const { redis, keys, store, prefix } = fixture;
    const workers = new WorkerMonitor(new WorkerRegistry(redis, prefix), store);
    exports = new HistoryExport(store, new JobPresenter(store, new JobDurations(redis, keys), workers, OPEN_RULES));
  });
  afterEach(async () => {
    await fixture.stop();
  });

  it('are limited, which limits their memory, until one of them has ended', () => {
    const startAs = (uid: string): AbortController => {
      const closed = new AbortController();
      exports.chunks('csv', { filter: {}, order: 'submitted', caller: { ...caller, uid }, signal: closed.signal });
      return closed;
    };
    const startTooMany = (): unknown => startAs('anna');
    const [first] = Array.from({ length: 5 }, () => startAs('anna'));
    expect(startTooMany).toThrow('You have 5 exports that run; try again when one has ended');
    for (let number = 0; number < 15; number += 1) startAs(`user-${number}`);
    expect(() => startAs('ben')).toThrow('20 exports run in this process; try again later');
    first?.abort();
    expect(startTooMany).not.toThrow();
    expect(startTooMany).toThrow();
  });

  it('have every job once that retention does not drop meanwhile', async () => {
    const { redis, keys, store } = fixture;
    const ids: string[] = [];
    for (let number = 0; number < 130; number += 1) {
      const { id } = await fixture.submit({ version: `v${number}` });
      const claim = await fixture.claim(id);
      const finished_at = new Date().toISOString();
      await claim.finish({ ...claim.job.progress, status: 'succeeded', waiting_for: null, finished_at });
      ids.unshift(id);
    }
    const { signal } = new AbortController();
    const limits = { days: 1, maxJobs: 70 };
    let text = '';
    let dropped = 0;
    for await (const chunk of exports.chunks('lines', { filter: {}, order: 'submitted', caller, signal })) {
      // The next pages are in the part of the history that is dropped.
      if (text === '') dropped = await new Retention(redis, keys, (some) => store.getMany(some), limits).run(signal);
      text += chunk;
    }
    const lines = text.trimEnd().split('\n');
    expect(dropped).toBe(60);
    expect(lines.map((line) => withId.parse(JSON.parse(line)).id)).toEqual(ids.slice(0, 70));
  });
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠SUM(A1)'])(
  'a download writes %p as text in CSV, which no spreadsheet evaluates',
  (value) => {
    expect(csvRecord([value]).replaceAll('"', '')).toBe(`'${value}\r\n`);
  },
);
