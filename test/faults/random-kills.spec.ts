import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { type JobRecord } from '#jobs';
import { bare, failing, weighted } from '../rig/definitions.js';
import { REGION, Rig } from '../rig/rig.js';

const WORKERS = 2;
const KILLS = Number(process.env['LIZZY_TEST_KILLS'] ?? 6);
const SEED = Number(process.env['LIZZY_TEST_SEED'] ?? Date.now() % 100_000);
const LONGEST_PAUSE_MS = 4_000;

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe(`jobs whose workers are killed at random moments (LIZZY_TEST_SEED=${SEED})`, () => {
  const random = randomNumbers(SEED);
  let rig: Rig;
  const good: string[] = [];
  const bad: string[] = [];
  const others: string[] = [];
  let ended: JobRecord[] = [];

  beforeAll(async () => {
    rig = await Rig.start({ workers: WORKERS, stackSeconds: 2 });
    for (let round = 0; round < KILLS; round += 1) {
      const name = `round${round}`;
      good.push(await rig.deploy(bare(name), 'v1'), await rig.deploy(weighted(name), '2', { new_traffic: 100 }));
      bad.push(await rig.deploy(failing(`${name}-bad`), 'v1'));
      const cancelled = await rig.deploy(bare(`${name}-off`), 'v1');
      others.push(cancelled);
      await after(random() * LONGEST_PAUSE_MS);
      if (random() < 0.5) await rig.cancel(cancelled, random() < 0.5);
      const victims = rig.workers.filter(({ child }) => child.isRunning);
      const victim = victims[Math.floor(random() * victims.length)];
      await (random() < 0.5 ? victim?.kill() : victim?.killGroup());
      await rig.addWorker();
    }
    ended = await Promise.all([...good, ...bad, ...others].map((id) => rig.ended(id, 90_000)));
  }, 300_000);
  afterAll(async () => {
    await rig.stop();
  });
  const of = (ids: readonly string[]): JobRecord[] => ended.filter(({ submission }) => ids.includes(submission.id));

  it('all end as they would have without', () => {
    // A job may meet three deaths in a row by chance; then it says so.
    const ends = (ids: readonly string[]): unknown[] =>
      of(ids)
        .map(({ progress }) => progress.error?.code ?? progress.status)
        .filter((end) => end !== 'interrupted');

    expect(new Set(ends(good))).toEqual(new Set(['succeeded']));
    expect(new Set(ends(bad))).toEqual(new Set(['stack_failed']));
    for (const end of ends(others)) expect(['succeeded', 'cancelled']).toContain(end);
  });

  it('have taken effect at most once each, and no job has succeeded whose stack does not stand', async () => {
    for (const { submission, progress } of ended) {
      const stack = `${submission.stack_name}-${submission.stack_version}`;
      expect(await rig.calls('CreateStack', stack)).toBeLessThanOrEqual(1);
      if (progress.status === 'succeeded') {
        const found = await rig.looks.stackByName(REGION, stack);
        expect(found).toMatchObject({ tags: { LizzyJobId: submission.id } });
        expect(found?.status).toMatch(/^(CREATE|UPDATE)_/);
      }
    }
  });

  it('leave no Senza, no lock and no file behind', async () => {
    await rig.quiet();
    expect(await rig.leftovers()).toEqual([]);
    expect(await rig.temporaryFiles()).toEqual([]);
  });
});
