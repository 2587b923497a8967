import { z } from 'zod';
import { REGION, type TestEnvironment } from '../../support/test-environment.js';
import { type Job } from '#client';
import { endOf, stackOf } from './invariants.js';
import { type Observation } from './observation.js';

const trafficResult = z.object({ traffic: z.object({ weights_after: z.record(z.string(), z.number()) }) });

/** Compares the results of succeeded jobs with the state of AWS; returns the differences as sentences. */
export async function awsDifferences(rig: TestEnvironment, { accepted, jobs }: Observation): Promise<string[]> {
  const differences = await Promise.all(
    accepted.map(async ({ purpose, ids }) => {
      const job = jobs.get(ids[0] ?? '');
      if (job?.status !== 'succeeded') return [];
      const stack = stackOf(job);
      const isDeleted = accepted.some((other) => other.purpose === 'delete' && other.stack === stack);
      if (purpose === 'delete') return await expectGone(rig, stack);
      return (purpose === 'create' || purpose === 'cancel') && !isDeleted ? await expectOwn(rig, stack, job) : [];
    }),
  );
  const all = [...jobs.values()];
  return [...differences.flat(), ...(await wrongWeights(rig, all)), ...(await halfDone(rig, all))];
}

async function expectGone(rig: TestEnvironment, stack: string): Promise<string[]> {
  const found = await rig.awsReader.stackByName(REGION, stack);
  return found === null || found.status.startsWith('DELETE_') ? [] : [`${stack} is ${found.status}, not deleted`];
}

async function expectOwn(rig: TestEnvironment, stack: string, { id }: Job): Promise<string[]> {
  const found = await rig.awsReader.stackByName(REGION, stack);
  if (found === null) return [`${stack} of ${id} does not exist`];
  const isGood = found.tags['LizzyJobId'] === id && /^(CREATE|UPDATE)_COMPLETE$/.test(found.status);
  return isGood ? [] : [`${stack} of ${id} is ${found.status}, created by ${found.tags['LizzyJobId'] ?? 'no job'}`];
}

/** The last job of an application that has moved its traffic, if it succeeded, reports the current weights. */
async function wrongWeights(rig: TestEnvironment, jobs: readonly Job[]): Promise<string[]> {
  const moved = jobs.filter((job) => movedAt(job) !== '');
  const names = [...new Set(moved.map((job) => job.stack_name))];
  const differences = await Promise.all(
    names.map(async (name) => {
      const last = moved
        .filter((job) => job.stack_name === name)
        .toSorted((one, other) => movedAt(one).localeCompare(movedAt(other)))
        .at(-1);
      if (last?.status !== 'succeeded') return [];
      const said = trafficResult.parse(last.result).traffic.weights_after;
      const [domain] = await rig.awsReader.weights(REGION, [stackOf(last)]);
      return Object.entries(said).flatMap(([stack, weight]) => {
        // A version that was cleaned up had no traffic, and no longer has a record.
        const actual = domain?.weights.get(stack) ?? 0;
        return actual === weight ? [] : [`${stack} gets ${actual} %, but ${last.id} said ${weight} %`];
      });
    }),
  );
  return differences.flat();
}

/** Once an application has traffic, no job leaves it with less or more than 100 %, unless all jobs that changed it crashed. */
async function halfDone(rig: TestEnvironment, jobs: readonly Job[]): Promise<string[]> {
  const switched = jobs.filter(({ steps }) =>
    steps.some((step) => step.name === 'traffic' && step.status === 'succeeded'),
  );
  const left = jobs.filter((job) => endOf(job) === 'interrupted' && movedAt(job) !== '').map((job) => job.stack_name);
  const names = [...new Set(switched.map((job) => job.stack_name))].filter((name) => !left.includes(name));
  const sums = await Promise.all(
    names.map(async (name) => {
      const [domain] = await rig.awsReader.weights(REGION, [
        ...new Set(jobs.filter((job) => job.stack_name === name).map(stackOf)),
      ]);
      const sum = [...(domain?.weights.values() ?? [])].reduce((all, weight) => all + weight, 0);
      return Math.round(sum) === 100 ? [] : [`${name} has ${sum} % of its traffic`];
    }),
  );
  return sums.flat();
}

/** When the job's traffic step has ended: others may move the traffic while the job continues with its clean-up. */
function movedAt({ steps }: Job): string {
  return steps.find(({ name }) => name === 'traffic')?.finished_at ?? '';
}
