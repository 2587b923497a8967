import { ChunkBitmap } from './bitmap.js';
import { CHUNK_SIZE, chunkOf } from './chunk.js';
import { type SubmissionTable } from './submission-table.js';

/** A condition on times of the other order, as the positions of this order that satisfy it. */
export interface Restriction {
  of(chunk: number): Promise<ChunkBitmap>;
}

/** A range of positions, both included. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Positions in the order of ends whose jobs were submitted in a range of positions in `submitted`. */
export function submittedIn(table: SubmissionTable, submitted: Range, last: number): Restriction {
  return {
    of: async (chunk) => {
      const bitmap = new ChunkBitmap();
      (await table.chunk(chunk, last)).forEach((position, offset) => {
        if (position >= submitted.low && position <= submitted.high) bitmap.add(offset);
      });
      return bitmap;
    },
  };
}

/**
 * Positions in the order of submission whose jobs finished in a range of positions in `finished`.
 * Every chunk of ends in the range is read once per query: a million positions take some milliseconds.
 */
export async function finishedIn(table: SubmissionTable, finished: Range): Promise<Restriction> {
  const bitmaps = new Map<number, ChunkBitmap>();
  for (
    let chunk = chunkOf(finished.low);
    finished.low <= finished.high && chunk <= chunkOf(finished.high);
    chunk += 1
  ) {
    const first = chunk * CHUNK_SIZE;
    (await table.chunk(chunk, finished.high)).forEach((position, offset) => {
      const at = first + offset;
      if (position === 0 || at < finished.low || at > finished.high) return;
      const of = chunkOf(position);
      const bitmap = bitmaps.get(of) ?? new ChunkBitmap();
      bitmaps.set(of, bitmap);
      bitmap.add(position % CHUNK_SIZE);
    });
  }
  return { of: (chunk) => Promise.resolve(bitmaps.get(chunk) ?? new ChunkBitmap()) };
}
