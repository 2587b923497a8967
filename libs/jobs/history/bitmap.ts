import { BITMAP_BYTES, CHUNK_SIZE } from './chunk.js';

const WORDS = BITMAP_BYTES / 4;
const WORD_BITS = 32;

/** A set of offsets within one chunk of the history (`chunk.ts`). */
export class ChunkBitmap {
  private readonly words = new Uint32Array(WORDS);

  /** Every offset from `low` up to, but not including, `high`. */
  static range(low: number, high: number): ChunkBitmap {
    const bitmap = new ChunkBitmap();
    for (let offset = Math.max(0, low); offset < Math.min(CHUNK_SIZE, high); offset += 1) bitmap.add(offset);
    return bitmap;
  }

  /** Adds one offset. */
  add(offset: number): void {
    const word = offset >>> 5;
    this.words[word] = (this.words[word] ?? 0) | (1 << (offset & 31));
  }

  /** Adds the offsets of a stored container; null is an empty one. */
  addContainer(container: Buffer | null): void {
    if (container === null) return;
    if (container.length < BITMAP_BYTES) {
      for (let at = 0; at + 1 < container.length; at += 2) this.add(container.readUInt16BE(at));
      return;
    }
    for (let word = 0; word < WORDS; word += 1)
      this.words[word] = (this.words[word] ?? 0) | container.readUInt32LE(word * 4);
  }

  /** Adds the offsets of another bitmap. */
  addAll(other: ChunkBitmap): void {
    for (let word = 0; word < WORDS; word += 1) this.words[word] = (this.words[word] ?? 0) | (other.words[word] ?? 0);
  }

  /** Keeps only the offsets that another bitmap has, too. */
  intersect(other: ChunkBitmap): void {
    for (let word = 0; word < WORDS; word += 1) this.words[word] = (this.words[word] ?? 0) & (other.words[word] ?? 0);
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
    return this.words.every((word) => word === 0);
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
