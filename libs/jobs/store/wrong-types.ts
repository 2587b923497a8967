import { type Redis } from '#redis';
import { type JobSubmission } from '../model/job.js';
import { jobScope, type JobKeys, nameScope } from '../redis/keys.js';
import { eventKeys, permanentIndexes } from './script-keys.js';
import { dropWrongTypesScript } from './scripts/repair.js';

/**
 * Drops keys of a job that have a type which Lizzy never writes, and counters that are not numbers: another program has overwritten them. Does not
 * change the hash of the job itself and the audit trail.
 * @returns the dropped keys
 */
export async function dropWrongTypes(
  redis: Redis,
  keys: JobKeys,
  submission: Omit<JobSubmission, 'kind'> & { readonly kind: string },
): Promise<string[]> {
  const { id, region, stack_name: name, requested_by: user } = submission;
  const [, events = '', feed = '', feedPosition = ''] = eventKeys(keys, id);
  const scopes = [jobScope(submission), nameScope({ region, name })];
  const indexes = [
    ...permanentIndexes(keys, submission),
    keys.index('status', 'queued'),
    keys.index('status', 'running'),
  ];
  const types: Readonly<Record<string, readonly string[]>> = {
    integer: [feedPosition, keys.size],
    string: [keys.lease(id), keys.request(id), ...scopes.map((scope) => keys.lock(scope))],
    stream: [events, feed],
    set: [keys.locksOf(id), keys.unfinishedOf(user)],
    zset: [
      keys.unfinished,
      keys.waiting,
      keys.stackNames,
      keys.rollbacks({ region, name }),
      ...scopes.map((scope) => keys.lockQueue(scope)),
    ],
    list: [keys.trafficChanges({ region, name })],
    hash: [keys.damaged, keys.droppedJobs, ...indexes],
  };
  const pairs = Object.entries(types).flatMap(([type, names]) => names.map((key) => [key, type] as const));
  return await dropWrongTypesScript(
    redis,
    pairs.map(([key]) => key),
    pairs.map(([, type]) => type),
  );
}
