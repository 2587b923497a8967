/**
 * Characters that a part of a secret must have: letters, digits and symbols that are rare in output, or different ones of any kind but
 * blanks. Indentation, lines of dashes and the punctuation of JSON identify nothing, and are in every output.
 */
const MIN_RARE = 3;
const MIN_DIFFERENT = 5;
const PUNCTUATION: ReadonlySet<number> = new Set([...'"\'()*,-./:;<=>[\\]_{|}'].map((each) => each.charCodeAt(0)));

/** All parts of some texts that have a given length, to be found in other texts: an exact hash table of their places. */
export class GramIndex {
  private readonly texts: string;
  /** Places in `texts`, plus one; zero is empty. */
  private readonly table: Uint32Array;

  /** @param length of the parts, in characters. */
  constructor(
    texts: readonly string[],
    private readonly length: number,
  ) {
    this.texts = texts.join('');
    const count = Math.max(1, this.texts.length);
    this.table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count)));
    let start = 0;
    for (const text of texts) {
      for (let place = start; place <= start + text.length - length; place += 1) this.add(place);
      start += text.length;
    }
  }

  /** Where a text has something in common with the texts of this index: intervals that touch are one. */
  findIn(text: string): [start: number, end: number][] {
    const found: [number, number][] = [];
    if (this.texts === '') return found;
    for (let place = 0; place <= text.length - this.length; place += 1) {
      if (this.table[this.slotOf(text, place)] === 0) continue;
      const last = found.at(-1);
      if (last !== undefined && place <= last[1]) last[1] = place + this.length;
      else found.push([place, place + this.length]);
    }
    return found;
  }

  private add(place: number): void {
    if (this.isDistinctive(place)) this.table[this.slotOf(this.texts, place)] = place + 1;
  }

  /** Whether a part is seldom in a text by chance. */
  private isDistinctive(place: number): boolean {
    let rare = 0;
    let different = 0;
    for (let index = place; index < place + this.length; index += 1) {
      const code = this.texts.charCodeAt(index);
      if (code <= 32) continue;
      if (!PUNCTUATION.has(code)) rare += 1;
      const first = this.texts.indexOf(this.texts.charAt(index), place);
      if (first === index) different += 1;
    }
    return rare >= MIN_RARE || different >= MIN_DIFFERENT;
  }

  /** The slot of the part that begins here, or the empty one where it belongs. */
  private slotOf(text: string, place: number): number {
    const last = this.table.length - 1;
    // FNV-1a.
    let hash = 0x811c9dc5;
    for (let index = place; index < place + this.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    for (let slot = (hash ^ (hash >>> 15)) & last; ; slot = (slot + 1) & last) {
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
