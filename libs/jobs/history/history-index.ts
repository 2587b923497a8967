import { type Redis } from '#redis';
import { type HistoryOrder, type JobKeys } from '../redis/keys.js';
import { isWrongType } from '../redis/damaged-job.error.js';
import { ChunkBitmap } from './bitmap.js';
import { chunkField, CHUNK_SIZE, chunkOf } from './chunk.js';
import { HISTORY_FIELDS, type HistoryFilter } from './filter.js';
import { type Restriction } from './restriction.js';

/** For up to this many chunk fields their existence is checked first, to skip the others. */
const SPARSE_FIELDS = 256;
/** How many chunks are read at once: few first, since the first page is often found there. */
const BATCHES = [2, 8, 64] as const;

/** The matches of one chunk. */
export interface ChunkMatches {
  readonly chunk: number;
  readonly matches: ChunkBitmap;
}

/**
 * Finds the positions that match a filter, chunk by chunk, the latest first. For each chunk the containers of all values are
 * read in one transaction, so that a job that changes its status is not missed between two of them.
 */
export async function* matchingChunks(
  redis: Redis,
  keys: JobKeys,
  {
    order,
    filter,
    low,
    high,
    restriction,
  }: {
    order: HistoryOrder;
    filter: HistoryFilter;
    /** Positions from `low` up to `high`, both included. */
    low: number;
    high: number;
    restriction: Restriction | null;
  },
): AsyncGenerator<ChunkMatches> {
  if (low > high) return;
  const operands = operandsOf(keys, filter);
  const chunks = await candidateChunks(redis, operands, { order, low, high });
  for (let start = 0, turn = 0; start < chunks.length; turn += 1) {
    const batch = chunks.slice(start, start + (BATCHES[turn] ?? 64));
    start += batch.length;
    const containers = await readContainers(
      redis,
      operands,
      batch.map((chunk) => chunkField(order, chunk)),
    );
    for (const [index, chunk] of batch.entries()) {
      const matches = intersection(containers.map((values) => values.map((value) => value[index] ?? null)));
      const first = chunk * CHUNK_SIZE;
      if (first < low || first + CHUNK_SIZE - 1 > high)
        matches.intersect(ChunkBitmap.range(low - first, high - first + 1));
      await restriction?.narrow(chunk, matches);
      yield { chunk, matches };
    }
  }
}

/** The keys of the indexes, one list per field: a job has to be in one of each. */
function operandsOf(keys: JobKeys, filter: HistoryFilter): string[][] {
  const operands = HISTORY_FIELDS.flatMap((field) => {
    const values = filter[field];
    return values === undefined ? [] : [[...new Set(values)].map((value) => keys.index(field, value))];
  });
  return operands.length === 0 ? [[keys.index('all')]] : operands;
}

/** The chunks that can have matches, the latest first. A value that few jobs have names its chunks itself. */
async function candidateChunks(
  redis: Redis,
  operands: readonly string[][],
  { order, low, high }: { order: HistoryOrder; low: number; high: number },
): Promise<number[]> {
  const last = chunkOf(high);
  const all = Array.from({ length: last - chunkOf(low) + 1 }, (_, index) => last - index);
  if (all.length <= 2) return all;
  const counts = await Promise.all(operands.map((names) => Promise.all(names.map((name) => redis.hlen(name)))));
  const sums = counts.map((each) => each.reduce((sum, count) => sum + count, 0));
  const sparse = operands.filter((_, index) => (sums[index] ?? 0) <= SPARSE_FIELDS);
  const known = await Promise.all(
    sparse.map(async (names) => new Set((await Promise.all(names.map((name) => redis.hkeys(name)))).flat())),
  );
  return all.filter((chunk) => known.every((fields) => fields.has(chunkField(order, chunk))));
}

type Containers = (Buffer | null)[];

/** Per operand and value: the containers of the chunks. */
async function readContainers(
  redis: Redis,
  operands: readonly string[][],
  fields: readonly string[],
): Promise<Containers[][]> {
  const transaction = redis.multi();
  for (const name of operands.flat()) transaction.hmgetBuffer(name, ...fields);
  const replies = (await transaction.exec()) ?? [];
  const read = replies.map(([error, reply]): Containers => {
    // An index that is no hash has no jobs; `dropWrongTypes` removes it with the next job.
    if (error !== null && !isWrongType(error)) throw error;
    return Array.isArray(reply) ? reply.map((each: unknown) => (Buffer.isBuffer(each) ? each : null)) : [];
  });
  let next = 0;
  return operands.map((names) => names.map(() => read[next++] ?? []));
}

function intersection(operands: readonly Containers[]): ChunkBitmap {
  const [first = [], ...others] = operands;
  const matches = union(first);
  for (const other of others) matches.intersect(union(other));
  return matches;
}

function union(containers: Containers): ChunkBitmap {
  const bitmap = new ChunkBitmap();
  for (const container of containers) bitmap.addContainer(container);
  return bitmap;
}
