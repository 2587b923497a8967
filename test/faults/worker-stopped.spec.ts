import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobRecord } from '#jobs';
import { Child, inProject } from '../../local/parts/index.js';
import { bare } from '../rig/definitions.js';
import { Rig } from '../rig/rig.js';
import { prepare, SLOW_SECONDS, submitMixed } from './scenario.js';

const CLEAN = { code: 0, signal: null };
/** A job that was given back goes on at once: long before a lease would have run out. */
const AT_ONCE_MS = 10_000;

describe('a worker that is asked to stop', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterAll(async () => {
    await rig.stop();
  });

  it('lets its commands end, whatever the step, and another goes on at once', async () => {
    await prepare(rig, 'stop');
    const jobs = await submitMixed(rig, 'stop');
    const [first] = rig.workers;
    await rig.addWorker();
    const commands = await rig.senzas();
    expect(await first?.stop()).toEqual(CLEAN);
    expect((await rig.senzas()).filter((pid) => commands.includes(pid))).toEqual([]);
    const ended = await Promise.all(Object.values(jobs).map((id: string) => rig.ended(id, AT_ONCE_MS)));

    for (const job of ended) expect(job).toMatchObject({ attempt: 1, progress: { status: 'succeeded', error: null } });
    for (const [id, step] of [
      [jobs.duringCreate, 'create'],
      [jobs.traffic, 'traffic'],
      [jobs.deletion, 'delete'],
    ] as const) {
      expect(rig.step(await rig.job(id), step)?.journal).toMatchObject([{ succeeded: true }]);
    }
    for (const stack of ['before', 'during', 'lost', 'waiting']) {
      expect(await rig.calls('CreateStack', `stop-${stack}-v1`)).toBe(1);
    }
    expect(await rig.leftovers()).toEqual([]);
    await Promise.all(rig.workers.map((worker) => worker.stop()));
  }, 90_000);

  it('stops its commands when the time for that is up, and the job goes on elsewhere', async () => {
    const impatient = await rig.addWorker({ SHUTDOWN_GRACE_SECONDS: '1' });
    const stack = { action: 'CreateStack', stack: 'late-v1' };
    await rig.aws.control.addFault({ ...stack, kind: 'delay', seconds: SLOW_SECONDS });
    const id = await rig.deploy(bare('late'), 'v1');
    await rig.acting(id, 'create');
    const stopped = impatient.stop();
    const other = await rig.addWorker();
    expect(await stopped).toEqual(CLEAN);

    // No second attempt: it was given back in order. Which of the two commands meets the delay is a matter of speed.
    expect(await rig.ended(id)).toMatchObject({ attempt: 1, progress: { status: 'succeeded' } });
    expect(await rig.calls('CreateStack', 'late-v1')).toBe(1);
    expect(await rig.temporaryFiles()).toEqual([]);
    await other.stop();
  });

  it('hands on that a command has failed: the other does not try it again', async () => {
    const worker = await rig.addWorker();
    const stack = 'refused-v1';
    await rig.aws.control.addFault({ kind: 'refuse', action: 'CreateStack', stack });
    const id = await rig.deploy(bare('refused'), 'v1');
    await rig.acting(id, 'create');
    // The look after the command takes so long that the worker is asked to stop meanwhile.
    await rig.aws.control.addFault({ kind: 'delay', action: 'DescribeStacks', stack, seconds: SLOW_SECONDS });
    const journal = (job: JobRecord): unknown => rig.step(job, 'create')?.journal[0]?.succeeded;
    await rig.when(id, 'the command to have failed', (job) => journal(job) === false);
    const stopped = worker.stop();
    const other = await rig.addWorker();
    expect(await stopped).toEqual(CLEAN);
    const job = await rig.ended(id);
    await other.stop();

    expect(job.progress).toMatchObject({ status: 'failed', error: { code: 'senza_failed' } });
    expect(rig.step(job, 'create')?.journal).toHaveLength(1);
    expect(await rig.calls('CreateStack', stack)).toBe(0);
  }, 90_000);

  it('ends in bounded time although Redis is away, idle or not, and its job goes on when Redis is back', async () => {
    const [busy, idle] = [
      await rig.addWorker({ SHUTDOWN_GRACE_SECONDS: '1' }),
      await rig.addWorker({ SHUTDOWN_GRACE_SECONDS: '1', WORKER_CONCURRENCY: '1' }),
    ];
    await rig.aws.control.addFault({ kind: 'delay', action: 'CreateStack', stack: 'away-v1', seconds: SLOW_SECONDS });
    const id = await rig.deploy(bare('away'), 'v1');
    await rig.acting(id, 'create');
    await rig.valkey.kill();
    expect(await Promise.all([busy.stop(), idle.stop()])).toEqual([CLEAN, CLEAN]);
    expect(await rig.senzas()).toEqual([]);
    await rig.restartValkey();
    await rig.addWorker();

    expect((await rig.ended(id)).progress.status).toBe('succeeded');
    expect(await rig.calls('CreateStack', 'away-v1')).toBe(1);
    expect(await rig.temporaryFiles()).toEqual([]);
  }, 90_000);

  it('ends at once while it still waits for its first Redis', async () => {
    const worker = await Child.start({
      name: 'worker',
      command: process.execPath,
      args: [inProject('dist', 'apps', 'worker', 'main.js')],
      env: { REDIS_URL: 'redis://127.0.0.1:1' },
    });
    await worker.waitForLine(/Redis cannot be reached/, 20_000);

    expect(await worker.stop('SIGTERM', 5_000)).toEqual(CLEAN);
  });
});
