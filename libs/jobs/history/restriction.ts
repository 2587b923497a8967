import { type ChunkBitmap } from './bitmap.js';

/** A range of positions, both included. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** For each position of one chunk its position in the other order; 0 where it has none. */
interface PositionTable {
  chunk(chunk: number, last: number): Promise<Uint32Array>;
}

/** A condition on times of the other order. */
export interface Restriction {
  /** Removes from the matches of a chunk what does not satisfy it. */
  narrow(chunk: number, matches: ChunkBitmap): Promise<void>;
}

/**
 * Selects the jobs whose position in the other order is in a range.
 * @param last the last position in the order of ends
 */
export function within(table: PositionTable, { low, high }: Range, last: number): Restriction {
  return {
    narrow: async (chunk, matches) => {
      if (matches.isEmpty) return;
      const positions = await table.chunk(chunk, last);
      matches.keep((offset) => {
        const position = positions[offset] ?? 0;
        return position >= low && position <= high;
      });
    },
  };
}
