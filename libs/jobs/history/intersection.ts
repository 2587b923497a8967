import { type HistoryOrder } from '../redis/keys.js';
import { ChunkBitmap, type Container } from './bitmap.js';
import { chunkField, CHUNK_SIZE } from './chunk.js';
import { type ContainerRef, type SettledContainers } from './container-cache.js';
import { type Range } from './restriction.js';

/** One field of a filter: a job has to be in one of these indexes. */
export interface Operand {
  readonly keys: readonly string[];
  readonly changesUntilEnd: boolean;
}

/** The matches of one chunk; valid until those of the next one are read. */
export interface ChunkMatches {
  readonly chunk: number;
  readonly matches: Container;
}

/** The containers of one chunk, by operand and value. */
type Containers = readonly (readonly Container[])[];

/**
 * Computes the jobs of chunks that are in every operand, one chunk after the other in the same memory: a query needs hundreds of
 * them. Those of a chunk in which nothing changes are computed once.
 */
export class Intersection {
  private readonly key: string;
  private readonly changesUntilEnd: boolean;
  private readonly order: HistoryOrder;
  private readonly matches = new ChunkBitmap();
  private readonly values = new ChunkBitmap();

  constructor(
    { order, operands }: { readonly order: HistoryOrder; readonly operands: readonly Operand[] },
    private readonly settled: SettledContainers,
  ) {
    this.order = order;
    // One index alone has the same key as its containers.
    this.key = operands.map(({ keys }) => keys.join(' | ')).join(' & ');
    this.changesUntilEnd = operands.some((operand) => operand.changesUntilEnd);
  }

  /** The jobs of a chunk if they were computed before. */
  known(chunk: number): Container | undefined {
    return this.settled.get(this.key, chunkField(this.order, chunk));
  }

  /**
   * The matches of chunks within a range of positions.
   * @param parts each with its jobs if they are known, else with the containers to compute them from
   */
  *each(
    parts: readonly { chunk: number; known: Container | undefined; containers: Containers }[],
    { low, high }: Range,
  ): Generator<ChunkMatches> {
    for (const { chunk, known, containers } of parts) {
      const matches = known ?? this.compute(chunk, containers);
      const first = chunk * CHUNK_SIZE;
      if (low <= first && first + CHUNK_SIZE - 1 <= high) yield { chunk, matches };
      else {
        const part = matches === this.matches ? this.matches : this.matches.replaceBy([matches]);
        part.keepRange(low - first, high - first);
        yield { chunk, matches: part };
      }
    }
  }

  /** The jobs that are in one container of each operand. */
  private compute(chunk: number, [first = [], ...others]: Containers): Container {
    const { matches, key, order, changesUntilEnd } = this;
    const [only] = first;
    // One index alone is what it contains, and is kept as such.
    if (only !== undefined && first.length === 1 && others.length === 0) return only;
    matches.replaceBy(first);
    for (const containers of others) {
      if (matches.isEmpty) break;
      const [operand] = containers;
      if (containers.length === 1 && operand instanceof ChunkBitmap) matches.intersect(operand);
      else matches.intersect(this.values.replaceBy(containers));
    }
    const ref: ContainerRef = { key, changesUntilEnd, order, chunk };
    if (!this.settled.isSettled(ref)) return matches;
    const kept = matches.toContainer();
    this.settled.set(ref, kept);
    return kept;
  }
}
