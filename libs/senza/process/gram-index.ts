import { randomInt } from 'node:crypto';

/**
 * Characters that a part of a secret must have: letters, digits and symbols that are rare in output, or different ones of any kind but
 * blanks. Indentation, lines of dashes and the punctuation of JSON identify nothing, and are in every output.
 */
const MIN_RARE = 3;
const MIN_DIFFERENT = 5;
const PUNCTUATION = '"\'()*,-./:;<=>[\\]_{|}';
/** Of the characters of ASCII. */
const RARE = Array.from({ length: 128 }, (_, code) => code > 32 && !PUNCTUATION.includes(String.fromCharCode(code)));

/** So many characters are added to an index in some milliseconds. */
const PORTION = 16 * 1024;

/** Odd, and random: no one can choose secrets whose parts all belong to one slot, where each new one would pass all others. */
const BASE = randomInt(2 ** 30) * 2 + 1;

/** All parts of some texts that have a given length, to be found in other texts: an exact hash table of their places. */
export class GramIndex {
  /** The code units of all texts, one text after the other. */
  private readonly codes: Uint16Array;
  /** Places in `codes`, plus one; zero is empty. */
  private readonly table: Uint32Array;
  /** What the first character of a part contributes to its hash. */
  private readonly weight: number;

  /** Finds nothing until {@link build} has ended. @param length of the parts, in characters. */
  constructor(
    private readonly texts: readonly string[],
    private readonly length: number,
  ) {
    const count = texts.reduce((sum, text) => sum + text.length, 0);
    this.codes = new Uint16Array(count);
    this.table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * Math.max(1, count))));
    this.weight = Array.from({ length: length - 1 }).reduce<number>((power) => Math.imul(power, BASE), 1);
  }

  /** Adds the parts of all texts, in portions that take some milliseconds each. */
  *build(): Generator<void, void> {
    let start = 0;
    let added = 0;
    for (const text of this.texts) {
      copyCodes(text, this.codes, start);
      this.addParts(start, start + text.length);
      start += text.length;
      added += text.length;
      if (added < PORTION) continue;
      added = 0;
      yield;
    }
  }

  /** Where a text has something in common with the texts of this index: intervals that touch are one. */
  findIn(text: string): [start: number, end: number][] {
    const found: [number, number][] = [];
    if (this.codes.length === 0) return found;
    const codes = copyCodes(text, new Uint16Array(text.length), 0);
    let hash = 0;
    for (let end = 1; end <= codes.length; end += 1) {
      const place = end - this.length;
      hash = this.next(hash, codes, end - 1, place > 0);
      if (place < 0 || this.table[this.slotOf(hash, codes, place)] === 0) continue;
      const last = found.at(-1);
      if (last !== undefined && place <= last[1]) last[1] = end;
      else found.push([place, end]);
    }
    return found;
  }

  /** Adds the parts of the text from `start` to `limit` in `codes`. */
  private addParts(start: number, limit: number): void {
    const { codes, length } = this;
    let hash = 0;
    let rare = 0;
    for (let end = start + 1; end <= limit; end += 1) {
      const place = end - length;
      hash = this.next(hash, codes, end - 1, place > start);
      if (isRare(codes[end - 1] ?? 0)) rare += 1;
      if (place > start && isRare(codes[place - 1] ?? 0)) rare -= 1;
      if (place < start || (rare < MIN_RARE && this.differentIn(place) < MIN_DIFFERENT)) continue;
      this.table[this.slotOf(hash, codes, place)] = place + 1;
    }
  }

  /** How many different characters the part that begins here has, blanks not counted. */
  private differentIn(place: number): number {
    let count = 0;
    for (let index = place; index < place + this.length; index += 1) {
      const code = this.codes[index] ?? 0;
      let first = place;
      while (this.codes[first] !== code) first += 1;
      if (first === index && code > 32) count += 1;
    }
    return count;
  }

  /** The rolling (polynomial) hash of the part that ends at `index`. @param isFull whether the part before it had the full length */
  private next(hash: number, codes: Uint16Array, index: number, isFull: boolean): number {
    const rest = isFull ? hash - Math.imul(codes[index - this.length] ?? 0, this.weight) : hash;
    return (Math.imul(rest, BASE) + (codes[index] ?? 0)) | 0;
  }

  /** The slot of the part of `codes` that begins here, or the empty one where it belongs. */
  private slotOf(hash: number, codes: Uint16Array, place: number): number {
    const last = this.table.length - 1;
    // The last steps of MurmurHash3, so that each bit of the hash counts.
    let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    for (let slot = (mixed ^ (mixed >>> 16)) & last; ; slot = (slot + 1) & last) {
      const stored = this.table[slot] ?? 0;
      if (stored === 0 || this.isSame(codes, place, stored - 1)) return slot;
    }
  }

  private isSame(codes: Uint16Array, place: number, stored: number): boolean {
    for (let index = 0; index < this.length; index += 1) {
      if (codes[place + index] !== this.codes[stored + index]) return false;
    }
    return true;
  }
}

/** Copies the code units of a text: those of an array are read in a fraction of the time. */
function copyCodes(text: string, codes: Uint16Array, start: number): Uint16Array {
  for (let index = 0; index < text.length; index += 1) codes[start + index] = text.charCodeAt(index);
  return codes;
}

// Whether a character is no blank and none of the punctuation that every output has.
function isRare(code: number): boolean {
  return RARE[code] ?? true;
}
