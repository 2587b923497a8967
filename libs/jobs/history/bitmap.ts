import { BITMAP_BYTES, CHUNK_SIZE } from './chunk.js';

const WORDS = BITMAP_BYTES / 4;
const WORD_BITS = 32;

/** The offsets of one value in one chunk: a list, the highest first, or a bitmap when there are many. */
export type Container = Uint16Array | ChunkBitmap;

/** How many offsets a container has. */
export function sizeOf(container: Container): number {
  return container instanceof Uint16Array ? container.length : container.size;
}

/** The offsets of a container from the highest to the lowest. */
export function descendingOf(container: Container): Iterable<number> {
  return container instanceof Uint16Array ? container : container.descending();
}

/** A container as Redis stores it (`chunk.ts`); null is an empty one. The result shares no memory with the reply of Redis. */
export function decodeContainer(stored: Buffer | null): Container {
  if (stored === null) return new Uint16Array();
  if (stored.length >= BITMAP_BYTES) return ChunkBitmap.of(stored);
  const offsets = new Uint16Array(stored.length >>> 1);
  let above = CHUNK_SIZE;
  let isDescending = true;
  for (let index = 0, last = offsets.length - 1; index <= last; index += 1) {
    const offset = stored.readUInt16BE((last - index) * 2);
    isDescending &&= offset < above;
    above = offset;
    offsets[index] = offset;
  }
  // Most jobs are added in the order of their positions.
  if (isDescending) return offsets;
  // What is no offset, or one twice, was not written by Lizzy.
  return offsets
    .sort()
    .reverse()
    .filter((offset, index) => offset < CHUNK_SIZE && offset !== offsets[index - 1]);
}

/** Whether a container is one that Lizzy writes: a bitmap, or a shorter list of offsets. */
export function isContainer(stored: Buffer): boolean {
  if (stored.length === BITMAP_BYTES) return true;
  if (stored.length > BITMAP_BYTES || stored.length % 2 !== 0) return false;
  for (let at = 0; at < stored.length; at += 2) if (stored.readUInt16BE(at) >= CHUNK_SIZE) return false;
  return true;
}

/** A set of offsets within one chunk of the history (`chunk.ts`). */
export class ChunkBitmap {
  // Signed: V8 handles numbers from 2 ** 31 on as floating point.
  private readonly words = new Int32Array(WORDS);
  /** Null: not counted since the last change. */
  private counted: number | null = null;

  /** The offsets of a bitmap as Redis stores it. */
  static of(stored: Buffer): ChunkBitmap {
    const bitmap = new ChunkBitmap();
    for (let word = 0; word < WORDS; word += 1) bitmap.words[word] = stored.readInt32LE(word * 4);
    return bitmap;
  }

  /** A copy that stays as it is, as small as possible. */
  toContainer(): Container {
    const { size } = this;
    if (size < BITMAP_BYTES / 2) {
      const offsets = new Uint16Array(size);
      let index = 0;
      for (const offset of this.descending()) offsets[index++] = offset;
      return offsets;
    }
    const copy = new ChunkBitmap();
    copy.words.set(this.words);
    return copy;
  }

  /** Adds one offset. */
  add(offset: number): void {
    this.counted = null;
    const word = offset >>> 5;
    this.words[word] = (this.words[word] ?? 0) | (1 << (offset & 31));
  }

  private remove(offset: number): void {
    this.counted = null;
    const word = offset >>> 5;
    this.words[word] = (this.words[word] ?? 0) & ~(1 << (offset & 31));
  }

  /** Contains the offsets of these containers from now on, and no others. */
  replaceBy(containers: readonly Container[]): this {
    this.counted = null;
    this.words.fill(0);
    for (const container of containers) this.addContainer(container);
    return this;
  }

  /** Adds the offsets of a container. */
  addContainer(container: Container): void {
    this.counted = null;
    if (container instanceof Uint16Array) {
      for (const offset of container) this.add(offset);
      return;
    }
    const { words } = container;
    for (let word = 0; word < WORDS; word += 1) this.words[word] = (this.words[word] ?? 0) | (words[word] ?? 0);
  }

  /** Keeps only the offsets that another bitmap has, too. */
  intersect(other: ChunkBitmap): void {
    this.counted = null;
    for (let word = 0; word < WORDS; word += 1) this.words[word] = (this.words[word] ?? 0) & (other.words[word] ?? 0);
  }

  /** Keeps only the offsets from `low` up to `high`, both included. */
  keepRange(low: number, high: number): void {
    this.counted = null;
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
    this.counted = null;
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
    if (this.counted === null) {
      let total = 0;
      for (const word of this.words) total += bitCount(word);
      this.counted = total;
    }
    return this.counted;
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
