import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type JobRecord } from '#jobs';
import { type AwsCall } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { z } from 'zod';
import { REGION, TestEnvironment } from '../support/test-environment.js';

/** Always the same jobs: the test fails because of a change, not because of new random numbers. */
const SEED = 16;
const RUNS = 3;
const CHANGES = ['CreateStack', 'UpdateStack', 'DeleteStack'];

/** A job to submit, and after how many further submissions it is cancelled, if at all. */
const change = fc.record({
  kind: fc.constantFrom('deploy', 'traffic', 'delete', 'clean'),
  name: fc.constantFrom('a', 'b'),
  version: fc.constantFrom('1', '2', '3'),
  share: fc.constantFrom(0, 30, 100),
  cancelled: fc.option(fc.nat({ max: 4 }), { freq: 4 }),
});
const trafficResult = z.object({
  traffic: z.object({ weights_after: z.record(z.string(), z.number()), wanted: z.number() }),
});

type Change = ReturnType<typeof change.generate>['value'];

describe('many jobs over few stacks', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 2, stackSeconds: 0.3, workerEnv: { WORKER_CONCURRENCY: '4' } });
  });
  afterAll(async () => {
    await rig.stop();
  });

  let run = 0;

  it('all finish, in order, and never overlap where they must not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 8, maxLength: 14 }), async (changes) => {
        run += 1;
        const seen = (await rig.aws.control.calls()).at(-1)?.seq ?? 0;
        const ids: string[] = [];
        for (const each of changes) {
          ids.push(await submit(each, `r${run}${each.name}`));
          const now = ids.length - 1;
          await Promise.all(
            changes.map(async ({ cancelled }, index) => {
              const id = ids[index];
              if (id !== undefined && cancelled !== null && index + cancelled === now) await rig.cancel(id);
            }),
          );
        }
        const jobs = await Promise.all(ids.map((id) => rig.ended(id)));
        expectOrder(jobs);
        await expectNewestTraffic(jobs);
        expectExclusion(await rig.aws.control.calls({ since: seen, service: 'cloudformation' }));
        expect(await rig.leakedKeys()).toEqual([]);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
  });

  /**
   * The last submitted traffic change is the one that counts: its version has the share that it reported, unless that
   * version was deleted by a job submitted later. A cancelled or failed change promises no weights.
   */
  async function expectNewestTraffic(jobs: readonly JobRecord[]): Promise<void> {
    for (const ofName of groups(jobs, ({ submission }) => submission.stack_name)) {
      const last = ofName.findLast(hasChangedTraffic);
      if (last?.progress.status !== 'succeeded' || isDeletedLater(ofName, last)) continue;
      const { stack_name: name, stack_version: version } = last.submission;
      const { traffic } = trafficResult.parse(last.progress.result);
      const [domain] = await rig.awsReader.weights(REGION, [`${name}-${version}`]);
      const stack = `${name}-${version}`;
      expect({ stack, weight: domain?.weights.get(stack) }).toEqual({ stack, weight: traffic.weights_after[stack] });
    }
  }

  /** A change that found its share in place counts, unless it requested no traffic. */
  function hasChangedTraffic(job: JobRecord): boolean {
    const result = trafficResult.safeParse(job.progress.result).data?.traffic;
    return (rig.step(job, 'traffic')?.journal.length ?? 0) > 0 || (result?.wanted ?? 0) > 0;
  }

  function isDeletedLater(jobs: readonly JobRecord[], { submission, seq }: JobRecord): boolean {
    return jobs.some(
      (job) =>
        job.seq > seq &&
        job.submission.kind === 'delete_stack' &&
        job.submission.stack_version === submission.stack_version,
    );
  }

  async function submit({ kind, version, share }: Change, stack: string): Promise<string> {
    switch (kind) {
      case 'deploy':
        return await rig.deploy(weighted(stack), version);
      case 'clean':
        return await rig.deploy(weighted(stack), version, { new_traffic: 100, keep_stacks: 1 });
      case 'traffic':
        return await rig.submit('patch_stack', { new_traffic: share }, { stack, version });
      case 'delete':
        return await rig.submit('delete_stack', { force: share > 0 }, { stack, version });
    }
  }
});

/** Jobs of one stack version that have started have run one after the other, in the order of submission. */
function expectOrder(jobs: readonly JobRecord[]): void {
  const begun = jobs.filter(({ progress }) => progress.started_at !== null);
  const versions = groups(begun, ({ submission }) => `${submission.stack_name}-${submission.stack_version}`);
  for (const each of versions) {
    const times = each.flatMap(({ progress }) => [progress.started_at ?? '', progress.finished_at ?? '']);
    expect(times).toEqual(times.toSorted());
  }
}

/** No two changes of one stack version, and no two updates or deletions of one stack name, are requested at a time. */
function expectExclusion(calls: readonly AwsCall[]): void {
  const changes = calls.filter(({ kind, action }) => kind === 'call' && CHANGES.includes(action));
  const ofVersions = groups(changes, ({ stack }) => stack ?? '');
  const ofNames = groups(
    changes.filter(({ action }) => action !== 'CreateStack'),
    ({ stack }) => stack?.replace(/-\d+$/, '') ?? '',
  );
  for (const each of [...ofVersions, ...ofNames]) {
    const sorted = each.toSorted((one, other) => one.t - other.t);
    for (const [index, { t }] of sorted.entries()) expect(t).toBeGreaterThanOrEqual(sorted[index - 1]?.end ?? 0);
  }
}

function groups<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const found = new Map<string, T[]>();
  for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item]);
  return [...found.values()];
}
