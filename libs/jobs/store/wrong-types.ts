import { type Redis } from '#redis';
import { type Logger } from '#telemetry';
import { chunkOf, FIELD_PREFIX } from '../history/chunk.js';
import { type JobSubmission } from '../model/job.js';
import { jobStatus } from '../model/status.js';
import { jobScope, type JobKeys, nameScope } from '../redis/keys.js';
import { eventKeys, permanentIndexes } from './script-keys.js';
import { dropWrongTypesScript, restorePositionScript } from './scripts/repair.js';

/** Returns what logs the keys that were dropped or replaced, if there are any. */
export function repairLogger(logger: Pick<Logger, 'error'>): (repaired: readonly string[]) => void {
  return (repaired) => {
    if (repaired.length > 0) logger.error('Keys of a wrong type dropped from Redis, or replaced', { keys: repaired });
  };
}

/** Keys by the type that they must have, as TYPE replies, or `integer`. */
export type KeyTypes = Readonly<Record<string, readonly string[]>>;

/** Drops keys that have another type. @returns the dropped keys */
export async function dropOtherTypes(redis: Redis, types: KeyTypes): Promise<string[]> {
  const pairs = Object.entries(types).flatMap(([type, names]) => names.map((key) => [key, type] as const));
  return await dropWrongTypesScript(
    redis,
    pairs.map(([key]) => key),
    pairs.map(([, type]) => type),
  );
}

/**
 * Repairs what all jobs share, the indexes of the history left out: drops keys of a wrong type and counters that are not numbers, and finds the
 * last positions of the history again.
 * @returns the dropped and replaced keys
 */
export async function repairSharedKeys(redis: Redis, keys: JobKeys): Promise<string[]> {
  const repaired: string[] = [];
  const tables: string[] = [];
  for (const order of ['submitted', 'finished'] as const) {
    const [position, table] = [keys.position(order), keys.jobTable(order)];
    const args = [FIELD_PREFIX[order], table];
    if ((await restorePositionScript(redis, [position, keys.index('all')], args)) === 1) repaired.push(position);
    const last = Number(await redis.get(position));
    for (const chunk of new Set([chunkOf(last), chunkOf(last + 1)]))
      tables.push(`${table}${chunk}`, ...(order === 'finished' ? [`${keys.submissionTable}${chunk}`] : []));
  }
  const types = {
    integer: [keys.feedPosition, keys.size],
    string: tables,
    stream: [keys.feed],
    zset: [keys.unfinished, keys.waiting, keys.stackNames, keys.watched],
    hash: [keys.damaged, keys.droppedJobs],
  };
  return [...repaired, ...(await dropOtherTypes(redis, types))];
}

/**
 * Repairs what a job shares with others, and drops its own keys that have a type which Lizzy never writes: another program has overwritten
 * them. Does not change the hash of the job itself and the audit trail.
 * @returns the dropped and replaced keys
 */
export async function dropWrongTypes(
  redis: Redis,
  keys: JobKeys,
  submission: Omit<JobSubmission, 'kind'> & { readonly kind: string },
): Promise<string[]> {
  const { id, region, stack_name: name, requested_by: user } = submission;
  const [, events = ''] = eventKeys(keys, id);
  const scopes = [jobScope(submission), nameScope({ region, name })];
  const repaired = await repairSharedKeys(redis, keys);
  const dropped = await dropOtherTypes(redis, {
    string: [keys.lease(id), keys.request(id), ...scopes.map((scope) => keys.lock(scope))],
    stream: [events],
    set: [keys.locksOf(id), keys.unfinishedOf(user)],
    zset: [keys.rollbacks({ region, name }), ...scopes.map((scope) => keys.lockQueue(scope))],
    list: [keys.trafficChanges({ region, name })],
    hash: [...permanentIndexes(keys, submission), ...jobStatus.options.map((status) => keys.index('status', status))],
  });
  return [...repaired, ...dropped];
}
