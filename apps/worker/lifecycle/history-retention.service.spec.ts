import { readWorkerConfig } from '#config';
import { Logger } from '#telemetry';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { until } from '../../../local/services/index.js';
import { QueueErrorLogger } from '#redis';
import { RedisConnections } from '../core/redis-connections.js';
import { HistoryRetention } from './history-retention.service.js';

const DAY_MS = 24 * 3600 * 1000;

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.start();
});
afterEach(async () => {
  await fixture.stop();
});

async function finishedJob(version: string, daysAgo: number): Promise<void> {
  const claim = await fixture.claim((await fixture.submit({ version })).id);
  const finished_at = new Date(Date.now() - daysAgo * DAY_MS).toISOString();
  await claim.finish({ ...claim.job.progress, status: 'succeeded', waiting_for: null, finished_at });
}

it.each([
  [{ HISTORY_DAYS: '9' }, ['week', 'today']],
  [{ HISTORY_MAX_JOBS: '1' }, ['today']],
])('a worker with %j keeps the jobs %j', async (variables, kept) => {
  const { keys, store } = fixture;
  await finishedJob('month', 30);
  await finishedJob('week', 7);
  await finishedJob('today', 0);
  const config = readWorkerConfig({ REDIS_URL: fixture.valkey.url, QUEUE_PREFIX: fixture.prefix, ...variables });
  const logger = Logger.create({ level: 'error', format: 'json' });
  const connections = new RedisConnections(config, logger);
  const errors = new QueueErrorLogger(logger);
  const retention = new HistoryRetention(config, keys, connections, store, errors, logger);
  await retention.onApplicationBootstrap();
  const versions = async (): Promise<string[]> =>
    (await store.history.page({ limit: 9 })).items.map(({ submission }) => submission.stack_version).reverse();
  await until('jobs to be dropped', async () => (await versions()).length === kept.length);
  expect(await versions()).toEqual(kept);
  await retention.beforeApplicationShutdown();
  await connections.onApplicationShutdown();
});
