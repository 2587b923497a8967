import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobRecord } from '#jobs';
import { type Worker } from '../../local/parts/index.js';
import { REGION, Rig } from '../rig/rig.js';
import { type MixedJobs, prepare, submitMixed } from './scenario.js';

/** How long after the death of its worker a job may go on at the latest. */
const TAKEN_OVER_WITHIN_MS = 30_000;
const KILLS = [
  ['alone', (worker: Worker) => worker.kill()],
  ['with its process group', (worker: Worker) => worker.killGroup()],
] as const;

describe.each(KILLS)('a worker that is killed %s', (how, kill) => {
  const name = how === 'alone' ? 'alone' : 'group';
  let rig: Rig;
  let senzasAtDeath: number;
  const ended: Partial<Record<keyof MixedJobs, JobRecord>> = {};
  const progress = (job: keyof MixedJobs): JobRecord['progress'] | undefined => ended[job]?.progress;

  beforeAll(async () => {
    rig = await Rig.start();
    await prepare(rig, name);
    const jobs = await submitMixed(rig, name);
    senzasAtDeath = (await rig.senzas()).length;
    const [victim] = rig.workers;
    if (victim !== undefined) await kill(victim);
    await rig.addWorker();
    const wait = async (job: keyof MixedJobs): Promise<void> => {
      ended[job] = await rig.ended(jobs[job], TAKEN_OVER_WITHIN_MS + 10_000);
    };
    await Promise.all([
      wait('beforeCreate'),
      wait('duringCreate'),
      wait('answerLost'),
      wait('waiting'),
      wait('traffic'),
      wait('deletion'),
    ]);
  }, 120_000);
  afterAll(async () => {
    await rig.stop();
  });

  it.each([
    ['before', 'beforeCreate'],
    ['during', 'duringCreate'],
    ['lost', 'answerLost'],
    ['waiting', 'waiting'],
  ] as const)('has its deployment "%s" ended well by another, with one stack created', async (stack, job) => {
    expect(progress(job)).toMatchObject({ status: 'succeeded', error: null });
    expect(await rig.looks.stackByName(REGION, `${name}-${stack}-v1`)).toMatchObject({
      status: 'CREATE_COMPLETE',
      tags: { LizzyJobId: ended[job]?.submission.id },
    });
    expect(await rig.calls('CreateStack', `${name}-${stack}-v1`)).toBe(1);
  });

  it('has its traffic switch ended by another, with the wanted weights', () => {
    expect(progress('traffic')).toMatchObject({
      status: 'succeeded',
      result: { traffic: { weights_after: { [`${name}-web-1`]: 0, [`${name}-web-2`]: 100 } } },
    });
  });

  it('has its deletion ended by another', async () => {
    expect(progress('deletion')?.status).toBe('succeeded');
    expect(await rig.calls('DeleteStack', `${name}-old-v1`)).toBe(1);
  });

  it('leaves no Senza, no lock and no file behind', async () => {
    expect(senzasAtDeath).toBeGreaterThanOrEqual(3);
    expect(await rig.senzas()).toEqual([]);
    expect(await rig.leftovers()).toEqual([]);
    expect(await rig.temporaryFiles()).toEqual([]);
  });

  it('is a second attempt of the jobs that it had at hand, and of them only', () => {
    expect(ended.duringCreate?.attempt).toBe(2);
    expect(ended.waiting?.attempt).toBe(1);
  });
});
