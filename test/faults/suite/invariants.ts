import { overlaps } from '../../support/exclusion.js';
import { type Job } from '#client';
import { type Observation } from './observation.js';
import { type Purpose } from './work.js';

const MEGABYTES_LIMIT = 400;
const CREATING: readonly string[] = ['deploy', 'create_stack'];
const PROBLEM = 'urn:lizzy:problem:';
/** The failures that AWS faults, or three crashes in a row, can cause in any job. */
const UNLUCKY = ['interrupted', 'senza-failed', 'throttled', 'aws-unavailable'];
/** The other permitted outcomes of a job. A switch or a deletion may find that its stack was never created, or is deleted. */
const ENDS: Readonly<Record<Purpose, readonly string[]>> = {
  create: ['succeeded'],
  fail: ['stack-failed'],
  cancel: ['succeeded', 'cancelled'],
  switch: ['succeeded', 'superseded', 'stack-not-found', 'no-domain'],
  delete: ['succeeded', 'stack-not-found', 'stack-has-traffic'],
};

/** The outcome of a job: its status, or the code of its failure. */
export function endOf({ status, error }: Job): string {
  return error === null ? status : error.type.replace(PROBLEM, '');
}

/** What must hold after any faults; each returns the violations as sentences. */
export const INVARIANTS = {
  'every accepted job has ended, as its kind may end': ({ accepted, jobs }) =>
    accepted.flatMap(({ purpose, ids }) =>
      ids.flatMap((id) => {
        const end = endOf(known(jobs, id));
        return [...ENDS[purpose], ...UNLUCKY].includes(end) ? [] : [`${purpose} ${id} is ${end}`];
      }),
    ),
  'equal keys are one job': ({ accepted }) =>
    accepted.filter(({ ids }) => new Set(ids).size > 1).map(({ stack, ids }) => `${stack}: ${ids.join(', ')}`),
  'the history has every accepted job, and no other': ({ jobs, history }) => {
    const ids = new Set(history.map(({ id }) => id));
    const lost = [...jobs.keys()].filter((id) => !ids.has(id)).map((id) => `lost: ${id}`);
    return [...lost, ...[...ids].filter((id) => !jobs.has(id)).map((id) => `invented: ${id}`)];
  },
  'no stack was created more often than jobs wanted it': ({ calls, jobs }) => {
    const creations = [...jobs.values()].filter(({ kind }) => CREATING.includes(kind)).map(stackOf);
    const done = calls.filter(
      ({ kind, action, status }) => kind === 'call' && action === 'CreateStack' && status === 200,
    );
    return [...new Set(done.map(({ stack }) => stack ?? ''))].flatMap((stack) => {
      const times = done.filter((call) => call.stack === stack).length;
      const wanted = creations.filter((each) => each === stack).length;
      return times > wanted ? [`${stack}: created ${times} times for ${wanted} jobs`] : [];
    });
  },
  'no two changes overlap that must not': ({ calls }) => overlaps(calls),
  'no process, no lock, no file is left': ({ senzas, keys, files }) => [
    ...senzas.map((pid) => `Senza ${pid}`),
    ...keys,
    ...files,
  ],
  'memory is bounded': ({ megabytes }) => (megabytes > MEGABYTES_LIMIT ? [`${megabytes} MB`] : []),
} as const satisfies Record<string, (seen: Observation) => readonly string[]>;

/** The name of a job's stack. */
export function stackOf({ stack_name: name, stack_version: version }: Job): string {
  return `${name}-${version}`;
}

function known(jobs: Observation['jobs'], id: string): Job {
  const job = jobs.get(id);
  if (job === undefined) throw new Error(`the job ${id} was not observed`);
  return job;
}
