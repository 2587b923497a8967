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
  private readonly texts: string;
  private readonly ends: readonly number[];
  /** Places in `texts`, plus one; zero is empty. */
  private readonly table: Uint32Array;
  /** What the first character of a part contributes to its hash. */
  private readonly weight: number;

  /** Finds nothing until {@link build} has ended. @param length of the parts, in characters. */
  constructor(
    texts: readonly string[],
    private readonly length: number,
  ) {
    this.texts = texts.join('');
    const count = Math.max(1, this.texts.length);
    this.table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count)));
    this.weight = Array.from({ length: length - 1 }).reduce<number>((power) => Math.imul(power, BASE), 1);
    let end = 0;
    this.ends = texts.map((text) => (end += text.length));
  }

  /** Adds the parts of all texts, in portions that take some milliseconds each. */
  *build(): Generator<void, void> {
    let start = 0;
    let added = 0;
    for (const end of this.ends) {
      this.addParts(start, end);
      added += end - start;
      start = end;
      if (added < PORTION) continue;
      added = 0;
      yield;
    }
  }

  /** Where a text has something in common with the texts of this index: intervals that touch are one. */
  findIn(text: string): [start: number, end: number][] {
    const found: [number, number][] = [];
    if (this.texts === '') return found;
    let hash = 0;
    for (let end = 1; end <= text.length; end += 1) {
      hash = this.next(hash, text, end, 0);
      const place = end - this.length;
      if (place < 0 || this.table[this.slotOf(hash, text, place)] === 0) continue;
      const last = found.at(-1);
      if (last !== undefined && place <= last[1]) last[1] = end;
      else found.push([place, end]);
    }
    return found;
  }

  /** Adds the parts of the text from `start` to `limit` in `texts`. */
  private addParts(start: number, limit: number): void {
    const { texts, length } = this;
    let hash = 0;
    let rare = 0;
    for (let end = start + 1; end <= limit; end += 1) {
      hash = this.next(hash, texts, end, start);
      const place = end - length;
      if (isRare(texts.charCodeAt(end - 1))) rare += 1;
      if (place > start && isRare(texts.charCodeAt(place - 1))) rare -= 1;
      if (place < start || (rare < MIN_RARE && this.differentIn(place) < MIN_DIFFERENT)) continue;
      this.table[this.slotOf(hash, texts, place)] = place + 1;
    }
  }

  /** How many different characters the part that begins here has, blanks not counted. */
  private differentIn(place: number): number {
    let count = 0;
    for (let index = place; index < place + this.length; index += 1) {
      const code = this.texts.charCodeAt(index);
      let first = place;
      while (this.texts.charCodeAt(first) !== code) first += 1;
      if (first === index && code > 32) count += 1;
    }
    return count;
  }

  /** The hash of the part that ends here, from that of the part before: a polynomial. Nothing before `start` is part of it. */
  private next(hash: number, text: string, end: number, start: number): number {
    const dropped = end - 1 - this.length;
    const rest = dropped < start ? hash : hash - Math.imul(text.charCodeAt(dropped), this.weight);
    return (Math.imul(rest, BASE) + text.charCodeAt(end - 1)) | 0;
  }

  /** The slot of the part that begins here, or the empty one where it belongs. */
  private slotOf(hash: number, text: string, place: number): number {
    const last = this.table.length - 1;
    // The last steps of MurmurHash3, so that each bit of the hash counts.
    let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    for (let slot = (mixed ^ (mixed >>> 16)) & last; ; slot = (slot + 1) & last) {
      const stored = this.table[slot] ?? 0;
      if (stored === 0 || this.isSame(text, place, stored - 1)) return slot;
    }
  }

  private isSame(text: string, place: number, stored: number): boolean {
    for (let index = 0; index < this.length; index += 1) {
      if (text.charCodeAt(place + index) !== this.texts.charCodeAt(stored + index)) return false;
    }
    return true;
  }
}

// Whether a character is no blank and none of the punctuation that every output has.
function isRare(code: number): boolean {
  return RARE[code] ?? true;
}
