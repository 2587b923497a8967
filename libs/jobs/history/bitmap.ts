import { BITMAP_BYTES } from './chunk.js';

const WORDS = BITMAP_BYTES / 4;
const WORD_BITS = 32;

/** The offsets of one value in one chunk: a list, or a bitmap when there are many. */
export type Container = Uint16Array | ChunkBitmap;

/** A container as Redis stores it (`chunk.ts`); null is an empty one. The result shares no memory with the reply of Redis. */
export function decodeContainer(stored: Buffer | null): Container {
  if (stored === null) return new Uint16Array();
  if (stored.length >= BITMAP_BYTES) return ChunkBitmap.of(stored);
  return Uint16Array.from({ length: stored.length >>> 1 }, (_, index) => stored.readUInt16BE(index * 2));
}

/** A set of offsets within one chunk of the history (`chunk.ts`). */
export class ChunkBitmap {
  private readonly words = new Uint32Array(WORDS);

  /** The offsets of a bitmap as Redis stores it. */
  static of(stored: Buffer): ChunkBitmap {
    const bitmap = new ChunkBitmap();
    for (let word = 0; word < WORDS; word += 1) bitmap.words[word] = stored.readUInt32LE(word * 4);
    return bitmap;
  }

  /** Adds one offset. */
  add(offset: number): void {
    const word = offset >>> 5;
    this.words[word] = (this.words[word] ?? 0) | (1 << (offset & 31));
  }

  private remove(offset: number): void {
    const word = offset >>> 5;
    this.words[word] = (this.words[word] ?? 0) & ~(1 << (offset & 31));
  }

  /** Contains the offsets of these containers from now on, and no others. */
  replaceBy(containers: readonly Container[]): this {
    this.words.fill(0);
    for (const container of containers) this.addContainer(container);
    return this;
  }

  /** Adds the offsets of a container. */
  addContainer(container: Container): void {
    if (container instanceof Uint16Array) {
      for (const offset of container) this.add(offset);
      return;
    }
    const { words } = container;
    for (let word = 0; word < WORDS; word += 1) this.words[word] = (this.words[word] ?? 0) | (words[word] ?? 0);
  }

  /** Keeps only the offsets that another bitmap has, too. */
  intersect(other: ChunkBitmap): void {
    for (let word = 0; word < WORDS; word += 1) this.words[word] = (this.words[word] ?? 0) & (other.words[word] ?? 0);
  }

  /** Keeps only the offsets from `low` up to `high`, both included. */
  keepRange(low: number, high: number): void {
    for (let word = 0; word < WORDS; word += 1) {
      const first = word * WORD_BITS;
      const last = first + WORD_BITS - 1;
      if (last < low || first > high) this.words[word] = 0;
      else {
        for (let offset = high + 1; offset <= last; offset += 1) this.remove(offset);
        for (let offset = first; offset < low; offset += 1) this.remove(offset);
      }
    }
  }

  /** Keeps only the offsets that satisfy a condition. */
  keep(condition: (offset: number) => boolean): void {
    for (let word = 0; word < WORDS; word += 1) {
      let rest = this.words[word] ?? 0;
      let kept = rest;
      while (rest !== 0) {
        const bit = WORD_BITS - 1 - Math.clz32(rest);
        rest &= ~(1 << bit);
        if (!condition(word * WORD_BITS + bit)) kept &= ~(1 << bit);
      }
      this.words[word] = kept;
    }
  }

  /** Whether there is no offset. */
  get isEmpty(): boolean {
    for (const word of this.words) if (word !== 0) return false;
    return true;
  }

  /** How many offsets there are. */
  get size(): number {
    let total = 0;
    for (const word of this.words) total += bitCount(word);
    return total;
  }

  /** The offsets from the highest to the lowest. */
  *descending(): Generator<number> {
    for (let word = WORDS - 1; word >= 0; word -= 1) {
      let bits = this.words[word] ?? 0;
      while (bits !== 0) {
        const bit = WORD_BITS - 1 - Math.clz32(bits);
        yield word * WORD_BITS + bit;
        bits &= ~(1 << bit);
      }
    }
  }
}

/** The number of set bits (Hacker's Delight, section 5-1). */
function bitCount(word: number): number {
  let count = word - ((word >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return (((count + (count >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
