import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { type JobRecord } from '#jobs';
import { z } from 'zod';
import { weighted } from '../support/definitions.js';
import { pick, randomNumbers } from '../support/random.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { suiteOptions } from './suite/options.js';

const DEPLOYMENTS = 10;
const CANCELLED = 2;
/** After which deployments a worker is killed, and traffic is sent back to version 1. */
const KILLED_AFTER = [3, 7];
const PATCHED_AFTER = 6;
const LONGEST_CREATION_SECONDS = 5;
const LONGEST_PAUSE_MS = 700;

const { seed } = suiteOptions();
const versions = Array.from({ length: DEPLOYMENTS }, (_, index) => String(index + 1));
const names = versions.map((version) => `shop-${version}`);
const switched = z.object({ traffic: z.object({ weights_after: z.record(z.string(), z.number()) }) });

describe(`ten deployments of one application (LIZZY_FAULTS_SEED=${seed})`, () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 3, stackSeconds: 0.3 });
  });
  afterAll(async () => {
    await rig.stop();
  });

  async function weights(): Promise<Record<string, number>> {
    const [domain] = await rig.awsReader.weights(REGION, names);
    return Object.fromEntries(domain?.weights ?? []);
  }

  async function killWorker(random: () => number): Promise<void> {
    await pick(
      random,
      rig.workers.filter(({ child }) => child.isRunning),
    ).kill();
    await rig.addWorker();
  }

  it('of different speeds, with cancellations, killed workers and a patch: the last submitted change has the traffic', async () => {
    const random = randomNumbers(seed);
    await rig.ended(await rig.deploy(weighted('shop'), '1', { new_traffic: 100 }));
    const later = versions.slice(1);
    const first = pick(random, later.slice(0, -1));
    const cancelled = [
      first,
      pick(
        random,
        later.filter((version) => version !== first),
      ),
    ].slice(0, CANCELLED);
    const ids: string[] = [];
    const disturbances: Promise<unknown>[] = [];
    for (const version of later) {
      // A job is cancelled before its switch: an interrupted switch is not undone.
      const seconds = cancelled.includes(version) ? LONGEST_CREATION_SECONDS * 20 : random() * LONGEST_CREATION_SECONDS;
      await rig.aws.control.addFault({
        kind: 'slow_stack',
        action: 'CreateStack',
        stack: `shop-${version}`,
        seconds,
      });
      const id = await rig.deploy(weighted('shop'), version, { new_traffic: 100 });
      ids.push(id);
      if (cancelled.includes(version)) disturbances.push(after(random() * 3_000).then(() => rig.cancel(id)));
      if (KILLED_AFTER.includes(Number(version))) disturbances.push(killWorker(random));
      if (Number(version) === PATCHED_AFTER)
        ids.push(await rig.submit('patch_stack', { new_traffic: 100 }, { stack: 'shop', version: '1' }));
      await after(random() * LONGEST_PAUSE_MS);
    }
    await Promise.all(disturbances);
    const jobs = await Promise.all(ids.map((id) => rig.ended(id)));

    const last = jobs.findLast(({ progress }) => progress.status === 'succeeded');
    expect(await weights()).toMatchObject(switched.parse(last?.progress.result).traffic.weights_after);
    expect((await weights())[`shop-${last?.submission.stack_version ?? ''}`]).toBe(100);
    expect(jobs.flatMap((job) => contradictionsOf(job, jobs, cancelled))).toEqual([]);
    expect(await rig.leakedKeys()).toEqual([]);
  });
});

/** False statements in the status of a job, as sentences. */
function contradictionsOf(job: JobRecord, jobs: readonly JobRecord[], cancelled: readonly string[]): string[] {
  const { submission, progress, seq } = job;
  const untrue = (why: string): string[] => [
    `${submission.kind} ${submission.stack_version} is ${progress.status}: ${why}`,
  ];
  switch (progress.status) {
    case 'succeeded':
      return switched.safeParse(progress.result).data?.traffic.weights_after[`shop-${submission.stack_version}`] === 100
        ? []
        : untrue('it has not had the traffic');
    case 'superseded': {
      const by = jobs.find(({ submission: { id } }) => id === progress.result?.['superseded_by']);
      return by !== undefined && by.seq > seq && by.progress.status === 'succeeded'
        ? []
        : untrue(`by ${by?.submission.stack_version ?? 'none'}, which is ${by?.progress.status ?? 'unknown'}`);
    }
    case 'cancelled':
      return cancelled.includes(submission.stack_version) ? [] : untrue('it was not cancelled');
    default:
      return untrue(JSON.stringify(progress.error));
  }
}
