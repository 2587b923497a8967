import { AccessRules } from '#auth';
import { JobDurations, WorkerRegistry } from '#jobs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { WorkerMonitor } from '../status/worker-monitor.js';
import { csvRecord, HistoryExport } from './history-export.js';
import { JobPresenter } from './job.presenter.js';

describe('downloads of the history', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠SUM(A1)'])(
    'write %p as text in CSV, which no spreadsheet evaluates',
    (value) => {
      expect(csvRecord([value]).replaceAll('"', '')).toBe(`'${value}\r\n`);
    },
  );

  it('are limited, which limits their memory, until one of them has ended', () => {
    const { redis, keys, store, prefix } = fixture;
    const access = new AccessRules({
      deployerScope: 'deploy',
      readScope: 'deploy',
      adminScope: null,
      jobActions: 'all',
      allows: () => true,
    });
    const workers = new WorkerMonitor(new WorkerRegistry(redis, prefix), store);
    const exports = new HistoryExport(store, new JobPresenter(store, new JobDurations(redis, keys), workers, access));
    const caller = { uid: 'robot', realm: null, clientId: null, isAdmin: false };
    const start = (): AbortController => {
      const closed = new AbortController();
      exports.chunks('csv', { filter: {}, order: 'submitted', caller, signal: closed.signal });
      return closed;
    };
    const [first] = Array.from({ length: 20 }, start);
    expect(start).toThrow('20 exports run in this process; try again later');
    first?.abort();
    expect(start).not.toThrow();
    expect(start).toThrow();
  });
});
