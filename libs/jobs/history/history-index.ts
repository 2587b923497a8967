import { type Redis } from '#redis';
import { DamagedHistoryError } from '../redis/damaged-history.error.js';
import { isWrongType } from '../redis/damaged-job.error.js';
import { type HistoryOrder, type JobKeys } from '../redis/keys.js';
import { ChunkBitmap, type Container, decodeContainer, isContainer } from './bitmap.js';
import { chunkField, chunkOf, FIELD_PREFIX } from './chunk.js';
import { ContainerCache, type HistorySnapshot, type SettledContainers } from './container-cache.js';
import { HISTORY_FIELDS, type HistoryFilter } from './filter.js';
import { beginQueryScript } from './scripts.js';
import { type ChunkMatches, Intersection, type Operand } from './intersection.js';
import { type Range, type Restriction } from './restriction.js';

/** How many chunks are read at once: few first, since the first page is often found there. */
const BATCHES = [2, 8, 64] as const;
/** How many containers are read in one transaction, at most 2 KiB each: no command of Redis takes long. */
const CONTAINERS_AT_ONCE = 512;
/** A field with more values than this can have matches in every chunk: to list the chunks of so many would take long. */
const LISTED_VALUES = 16;

/** The indexes that a query needs and that are known before the first chunk is read. */
export interface Selection {
  readonly order: HistoryOrder;
  readonly operands: readonly Operand[];
  readonly snapshot: HistorySnapshot;
  /** The chunks that can have matches, the latest first. */
  readonly chunks: readonly number[];
  /** What the last two chunks contain, by the key of an index and the field of the chunk; null: nothing. */
  readonly latest: ReadonlyMap<string, Buffer | null>;
}

const NO_CONTAINERS: readonly (readonly Container[])[] = [];

/** The indexes of the history. */
export class HistoryIndex {
  private readonly cache = new ContainerCache();

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** Begins a query, with one round trip to Redis. */
  async select(filter: HistoryFilter, order: HistoryOrder): Promise<Selection> {
    const { keys } = this;
    const operands = operandsOf(keys, filter);
    const few = operands.filter((operand) => operand.keys.length <= LISTED_VALUES);
    const listed = few.length === 0 ? [allJobs(keys)] : few;
    const [submitted, finished, unfinished, dropped, ...found] = await beginQueryScript(
      this.redis,
      [
        keys.position('submitted'),
        keys.position('finished'),
        keys.unfinished,
        keys.droppedJobs,
        ...listed.flatMap((operand) => operand.keys),
      ],
      [FIELD_PREFIX[order], ...listed.map((operand) => operand.keys.length)],
    );
    const last = {
      submitted: positionOf(submitted, keys.position('submitted')),
      finished: positionOf(finished, keys.position('finished')),
    };
    const snapshot = {
      dropped: new Map(pairsOf(dropped.map(String))),
      last,
      firstUnfinished: unfinished.length === 0 ? Infinity : Number(unfinished),
    };
    const [first = [], ...others] = found.flatMap((each) => (Array.isArray(each) ? [] : [numbersOf(String(each))]));
    const sets = others.map((chunks) => new Set(chunks));
    const chunks = first.filter((chunk) => sets.every((each) => each.has(chunk))).sort((a, b) => b - a);
    const latest = new Map<string, Buffer | null>();
    const containers = found.at(-1) ?? [];
    const lastChunk = chunkOf(last[order]);
    const fields = [lastChunk, Math.max(0, lastChunk - 1)].map((chunk) => chunkField(order, chunk));
    if (Array.isArray(containers)) {
      for (const [index, key] of listed.flatMap((operand) => operand.keys).entries())
        for (const [at, field] of fields.entries()) latest.set(`${key} ${field}`, containers[index]?.[at] ?? null);
    }
    return { order, operands, snapshot, chunks, latest };
  }

  /**
   * Finds the positions from `low` up to `high` that match, in batches of chunks, the latest first. What can change in a chunk is
   * read in one transaction, so that a job that changes its status is not missed between two indexes.
   */
  async *matches(
    selection: Selection,
    { low, high, restriction }: Range & { readonly restriction: Restriction | null },
  ): AsyncGenerator<Iterable<ChunkMatches>> {
    if (low > high) return;
    const [lowest, highest] = [chunkOf(low), chunkOf(high)];
    const chunks = selection.chunks.filter((chunk) => chunk >= lowest && chunk <= highest);
    const settled = this.cache.at(selection.snapshot);
    const intersection = new Intersection(selection, settled);
    const narrowed = new ChunkBitmap();
    const values = selection.operands.reduce((sum, { keys }) => sum + keys.length, 0);
    const most = Math.max(1, Math.floor(CONTAINERS_AT_ONCE / values));
    for (let start = 0, turn = 0; start < chunks.length; turn += 1) {
      const batch = chunks.slice(start, start + Math.min(BATCHES[turn] ?? 64, most));
      start += batch.length;
      const parts = batch.map((chunk) => ({ chunk, known: intersection.known(chunk), containers: NO_CONTAINERS }));
      const unknown = parts.filter(({ known }) => known === undefined);
      const containers = await this.containers(
        selection,
        unknown.map(({ chunk }) => chunk),
        settled,
      );
      for (const [index, part] of unknown.entries()) part.containers = containers[index] ?? NO_CONTAINERS;
      const found = intersection.each(parts, { low, high });
      // A yield costs more than the intersection of a chunk.
      if (restriction === null) yield found;
      else {
        for (const { chunk, matches } of found) {
          await restriction.narrow(chunk, narrowed.replaceBy([matches]));
          yield [{ chunk, matches: narrowed }];
        }
      }
    }
  }

  /** Per chunk, operand and value: its container. */
  private async containers(
    { order, operands, latest }: Selection,
    chunks: readonly number[],
    settled: SettledContainers,
  ): Promise<Container[][][]> {
    const reads: { key: string; fields: string[]; receive: (stored: readonly unknown[]) => void }[] = [];
    const found = chunks.map(() => operands.map((): Container[] => []));
    const fieldOf = chunks.map((chunk) => chunkField(order, chunk));
    for (const [operand, { keys, changesUntilEnd }] of operands.entries()) {
      for (const key of keys) {
        const missing: number[] = [];
        for (const [index, field] of fieldOf.entries()) {
          const stored = latest.get(`${key} ${field}`);
          const container =
            settled.get(key, field) ?? (stored === undefined ? undefined : containerOf(stored, key, field));
          if (container === undefined) missing.push(index);
          else found[index]?.[operand]?.push(container);
        }
        if (missing.length === 0) continue;
        const fields = missing.map((index) => fieldOf[index] ?? '');
        const receive = (stored: readonly unknown[]): void => {
          for (const [at, index] of missing.entries()) {
            const bytes = stored[at];
            const container = containerOf(Buffer.isBuffer(bytes) ? bytes : null, key, fieldOf[index] ?? '');
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
    const replies = (await transaction.exec()) ?? [];
    for (const [index, { key, receive }] of reads.entries()) {
      const [error, reply] = replies[index] ?? [null, null];
      if (isWrongType(error)) throw new DamagedHistoryError(key, { cause: error });
      if (error !== null) throw error;
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
  return operands.length === 0 ? [allJobs(keys)] : operands;
}

function allJobs(keys: JobKeys): Operand {
  return { keys: [keys.index('all')], changesUntilEnd: false };
}

/** @throws DamagedHistoryError: jobs would be missing */
function containerOf(stored: Buffer | null, key: string, field: string): Container {
  if (stored !== null && !isContainer(stored)) throw new DamagedHistoryError(`${key} ${field}`);
  return decodeContainer(stored);
}

/** @throws DamagedHistoryError when the last position is no number: no job would be found */
function positionOf(stored: Buffer, key: string): number {
  const position = Number(String(stored));
  if (!Number.isSafeInteger(position)) throw new DamagedHistoryError(key);
  return position;
}

/** Names and values that follow each other. */
function pairsOf(list: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < list.length; at += 2) pairs.push([list[at] ?? '', list[at + 1] ?? '']);
  return pairs;
}

function numbersOf(list: string): number[] {
  return list === '' ? [] : list.split(',').map(Number);
}
