import { z } from 'zod';
import { REGION, type TestEnvironment } from '../../support/test-environment.js';
import { type Job } from '#client';
import { endOf, stackOf } from './invariants.js';
import { type Observation } from './observation.js';

const trafficResult = z.object({ traffic: z.object({ weights_after: z.record(z.string(), z.number()) }) });

/** Compares the results of succeeded jobs with the state of AWS; returns the differences as sentences. */
export async function awsDifferences(
  rig: TestEnvironment,
  { accepted, jobs, history }: Observation,
): Promise<string[]> {
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
  return [...differences.flat(), ...(await wrongWeights(rig, history)), ...(await halfDone(rig, all))];
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

/**
 * The last submitted job of an application that has moved its traffic, if it succeeded, reports the current weights.
 * @param history the last submitted job first
 */
async function wrongWeights(rig: TestEnvironment, history: readonly Job[]): Promise<string[]> {
  const moved = history.filter(hasMoved);
  const names = [...new Set(moved.map((job) => job.stack_name))];
  const differences = await Promise.all(
    names.map(async (name) => {
      const last = moved.find((job) => job.stack_name === name);
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
  const left = jobs.filter((job) => endOf(job) === 'interrupted' && hasMoved(job)).map((job) => job.stack_name);
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

/** Whether the job has run its traffic step: one that is superseded has not. */
function hasMoved({ steps }: Job): boolean {
  const step = steps.find(({ name }) => name === 'traffic');
  return typeof step?.finished_at === 'string' && step.status !== 'skipped';
}
