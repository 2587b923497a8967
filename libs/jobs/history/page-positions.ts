import { descendingOf } from './bitmap.js';
import { CHUNK_SIZE } from './chunk.js';
import { type ChunkMatches } from './intersection.js';

/** Collects the positions of a page, the latest first, and one more, which shows that there is a next page. */
export class PagePositions {
  private readonly positions: number[] = [];

  /** @param start the page begins before this position; null: with the latest job */
  constructor(
    private readonly limit: number,
    private readonly start: number | null,
  ) {}

  /** Takes what the page still needs; chunks come in descending order. */
  take({ chunk, matches }: ChunkMatches): void {
    if (chunk * CHUNK_SIZE >= this.before) return;
    for (const offset of descendingOf(matches)) {
      if (this.isFull) return;
      const position = chunk * CHUNK_SIZE + offset;
      if (position < this.before) this.positions.push(position);
    }
  }

  /** All that is taken from now on is before this position. */
  get before(): number {
    return this.positions.at(-1) ?? this.start ?? Infinity;
  }

  /** Whether the page needs no more positions. */
  get isFull(): boolean {
    return this.positions.length > this.limit;
  }

  /** The positions of the page. */
  get shown(): readonly number[] {
    return this.positions.slice(0, this.limit);
  }

  /** The `start` of the next page; null on the last one. */
  get next(): number | null {
    return this.isFull ? (this.shown.at(-1) ?? null) : null;
  }
}
