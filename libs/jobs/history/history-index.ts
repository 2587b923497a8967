import { type Redis } from '#redis';
import { z } from 'zod';
import { isWrongType } from '../redis/damaged-job.error.js';
import { type HistoryOrder, type JobKeys } from '../redis/keys.js';
import { ChunkBitmap, type Container, decodeContainer } from './bitmap.js';
import { chunkField, CHUNK_SIZE, chunkOf } from './chunk.js';
import { ContainerCache, type HistorySnapshot, type SettledContainers } from './container-cache.js';
import { HISTORY_FIELDS, type HistoryFilter } from './filter.js';
import { type Range, type Restriction } from './restriction.js';

/** How many chunks are read at once: few first, since the first page is often found there. */
const BATCHES = [2, 8, 64] as const;

const droppedJobs = z.record(z.string(), z.string());

/** The matches of one chunk; valid until those of the next one are read. */
export interface ChunkMatches {
  readonly chunk: number;
  readonly matches: ChunkBitmap;
}

/** One field of a filter: a job has to be in one of these indexes. */
interface Operand {
  readonly keys: readonly string[];
  readonly changesUntilEnd: boolean;
}

/** The indexes that a query needs and that are known before the first chunk is read. */
export interface Selection {
  readonly order: HistoryOrder;
  readonly operands: readonly Operand[];
  readonly snapshot: HistorySnapshot;
  /** Per operand: the fields of the chunks that can have matches. */
  readonly fields: readonly ReadonlySet<string>[];
}

/** The indexes of the history. */
export class HistoryIndex {
  private readonly cache = new ContainerCache();

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** Begins a query, with one round trip to Redis. */
  async select(filter: HistoryFilter, order: HistoryOrder): Promise<Selection> {
    const operands = operandsOf(this.keys, filter);
    const pipeline = this.redis
      .pipeline()
      .hgetall(this.keys.droppedJobs)
      .get(this.keys.position('submitted'))
      .get(this.keys.position('finished'))
      .zrange(this.keys.unfinished, '0', '0', 'WITHSCORES');
    for (const key of operands.flatMap(({ keys }) => keys)) pipeline.hkeys(key);
    const [dropped, submitted, finished, unfinished, ...fields] = valuesOf(await pipeline.exec());
    const snapshot = {
      dropped: droppedJobs.parse(dropped ?? {}),
      last: { submitted: Number(submitted ?? 0), finished: Number(finished ?? 0) },
      firstUnfinished: Number(strings(unfinished)[1] ?? Infinity),
    };
    let next = 0;
    return {
      order,
      operands,
      snapshot,
      fields: operands.map(({ keys }) => new Set(keys.flatMap(() => strings(fields[next++])))),
    };
  }

  /**
   * Finds the positions from `low` up to `high` that match, chunk by chunk, the latest first. What can change in a chunk is
   * read in one transaction, so that a job that changes its status is not missed between two indexes.
   */
  async *matches(
    selection: Selection,
    { low, high, restriction }: Range & { readonly restriction: Restriction | null },
  ): AsyncGenerator<ChunkMatches> {
    if (low > high) return;
    const chunks = candidates(selection, chunkOf(low), chunkOf(high));
    const settled = this.cache.at(selection.snapshot);
    const intersection = new Intersection();
    for (let start = 0, turn = 0; start < chunks.length; turn += 1) {
      const batch = chunks.slice(start, start + (BATCHES[turn] ?? 64));
      start += batch.length;
      const containers = await this.containers(selection, batch, settled);
      for (const [index, chunk] of batch.entries()) {
        const matches = intersection.of(containers[index] ?? []);
        const first = chunk * CHUNK_SIZE;
        if (first < low || first + CHUNK_SIZE - 1 > high) matches.keepRange(low - first, high - first);
        await restriction?.narrow(chunk, matches);
        yield { chunk, matches };
      }
    }
  }

  /** Per chunk, operand and value: its container. */
  private async containers(
    { order, operands }: Selection,
    chunks: readonly number[],
    settled: SettledContainers,
  ): Promise<Container[][][]> {
    const reads: { key: string; fields: string[]; receive: (stored: readonly unknown[]) => void }[] = [];
    const found = chunks.map(() => operands.map((): Container[] => []));
    for (const [operand, { keys, changesUntilEnd }] of operands.entries()) {
      for (const key of keys) {
        const missing: number[] = [];
        for (const [index, chunk] of chunks.entries()) {
          const container = settled.get({ key, changesUntilEnd, order, chunk });
          if (container === undefined) missing.push(index);
          else found[index]?.[operand]?.push(container);
        }
        if (missing.length === 0) continue;
        const fields = missing.map((index) => chunkField(order, chunks[index] ?? 0));
        const receive = (stored: readonly unknown[]): void => {
          for (const [at, index] of missing.entries()) {
            const bytes = stored[at];
            const container = decodeContainer(Buffer.isBuffer(bytes) ? bytes : null);
            settled.set({ key, changesUntilEnd, order, chunk: chunks[index] ?? 0 }, container);
            found[index]?.[operand]?.push(container);
          }
        };
        reads.push({ key, fields, receive });
      }
    }
    if (reads.length === 0) return found;
    const transaction = this.redis.multi();
    for (const { key, fields } of reads) transaction.hmgetBuffer(key, ...fields);
    const replies = valuesOf(await transaction.exec());
    for (const [index, { receive }] of reads.entries()) {
      const reply = replies[index];
      receive(Array.isArray(reply) ? reply : []);
    }
    return found;
  }
}

function operandsOf(keys: JobKeys, filter: HistoryFilter): Operand[] {
  const operands = HISTORY_FIELDS.flatMap((field): Operand[] => {
    const values = filter[field];
    if (values === undefined) return [];
    return [
      { keys: [...new Set(values)].map((value) => keys.index(field, value)), changesUntilEnd: field === 'status' },
    ];
  });
  return operands.length === 0 ? [{ keys: [keys.index('all')], changesUntilEnd: false }] : operands;
}

/** The chunks that can have matches, the latest first. */
function candidates({ order, fields }: Selection, first: number, last: number): number[] {
  const all = Array.from({ length: last - first + 1 }, (_, index) => last - index);
  return all.filter((chunk) => fields.every((each) => each.has(chunkField(order, chunk))));
}

/** The values of replies. An index that is no hash has no jobs; `dropWrongTypes` removes it with the next job. */
function valuesOf(replies: [Error | null, unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, reply]) => {
    if (error !== null && !isWrongType(error)) throw error;
    return error === null ? reply : null;
  });
}

function strings(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.filter((each) => typeof each === 'string') : [];
}

/** Computes the matches of one chunk after the other in the same memory: a query needs hundreds of them. */
class Intersection {
  private readonly matches = new ChunkBitmap();
  private readonly values = new ChunkBitmap();

  /** The jobs that are in one container of each operand; valid until the next call. */
  of(operands: readonly (readonly Container[])[]): ChunkBitmap {
    const { matches } = this;
    const [first = [], ...others] = operands;
    matches.replaceBy(first);
    for (const containers of others) {
      if (matches.isEmpty) break;
      const [only] = containers;
      if (containers.length === 1 && only instanceof ChunkBitmap) matches.intersect(only);
      else matches.intersect(this.values.replaceBy(containers));
    }
    return matches;
  }
}
