/**
 * Retention in a process of its own, as in a worker: that of `history.ts` measures pages meanwhile. `REDIS_URL`, and `MAX_JOBS`, the number of jobs
 * that it leaves.
 */
import { JobStore, jobKeys, Retention } from '#jobs';
import { closeRedis, connectRedis } from '#redis';

const redis = connectRedis({
  url: process.env['REDIS_URL'] ?? '',
  role: 'worker',
  clientName: 'bench',
  onError: () => undefined,
});
const keys = jobKeys('lizzy');
const store = new JobStore(redis, keys);
const limits = { days: 3650, maxJobs: Number(process.env['MAX_JOBS']) };
const startedAt = performance.now();
const dropped = await new Retention(redis, keys, (ids) => store.getMany(ids), limits).run(new AbortController().signal);
console.log(`retention: ${dropped} jobs dropped in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
await closeRedis(redis);
