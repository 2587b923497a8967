import { endOf } from './invariants.js';
import { type SuiteOptions } from './options.js';
import { type Run } from './run.js';

/** The report of a run, for people. */
export function figures({ seed, seconds }: SuiteOptions, { faults, seen }: Run): string {
  const jobs = [...seen.jobs.values()];
  const changes = seen.calls.filter(
    ({ kind, action, status }) => kind === 'call' && status === 200 && /^(Create|Update|Delete)Stack$/.test(action),
  );
  return [
    `Fault suite: --seed ${seed} --seconds ${seconds}`,
    `  ${jobs.length} jobs for ${seen.accepted.flatMap(({ ids }) => ids).length} requests: ${counts(jobs.map(endOf))}`,
    `  ${faults.length} faults: ${counts(faults)}`,
    `  changes in AWS: ${counts(changes.map(({ action }) => action))}; largest process ${seen.megabytes} MB`,
    '',
  ].join('\n');
}

function counts(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `${names.filter((each) => each === name).length} ${name}`).join(', ');
}
