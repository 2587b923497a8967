import { type Reader, syntaxError, type Mark } from './reader.js';

/** A token that is a key if a colon follows it on the same line. */
export interface SimpleKey {
  readonly level: number;
  readonly tokenNumber: number;
  readonly isRequired: boolean;
  readonly index: number;
  readonly line: number;
  readonly column: number;
  readonly mark: Mark;
}

/** How far a colon can be from the beginning of its key, in characters. */
const KEY_LENGTH_LIMIT = 1024;

/**
 * The tokens that can still become keys, at most one for each level of `[` and `{`. They are in the order of their levels
 * and so of their places: only the first ones can be stale, which keeps the scanner linear.
 */
export class SimpleKeys {
  private readonly keys: SimpleKey[] = [];
  private stale = 0;

  constructor(private readonly reader: Reader) {}

  /** The outermost key. */
  get first(): SimpleKey | undefined {
    return this.keys[this.stale];
  }

  /** Records that the next token can be a key of this level. */
  save(level: number, tokenNumber: number, isRequired: boolean): void {
    const { reader } = this;
    this.remove(level);
    const { index, column, mark, currentLine: line } = reader;
    this.keys.push({ level, tokenNumber, isRequired, index, line, column, mark });
  }

  /** Drops keys that started on another line or too far away. */
  dropStale(): void {
    for (let key = this.first; key !== undefined && this.isStale(key); key = this.first) {
      if (key.isRequired) throw missingColon(key);
      this.stale += 1;
    }
    if (this.stale > 0 && this.stale === this.keys.length) this.clear();
  }

  /** Drops the key of this level. */
  remove(level: number): void {
    const key = this.take(level);
    if (key?.isRequired === true) throw missingColon(key);
  }

  /** The key of this level, which is dropped. */
  take(level: number): SimpleKey | undefined {
    const last = this.keys.at(-1);
    if (last?.level !== level || this.stale === this.keys.length) return undefined;
    return this.keys.pop();
  }

  clear(): void {
    if (this.keys.length > 0) this.keys.length = 0;
    this.stale = 0;
  }

  private isStale({ line, index }: SimpleKey): boolean {
    return line !== this.reader.currentLine || this.reader.index - index > KEY_LENGTH_LIMIT;
  }
}

function missingColon({ mark }: SimpleKey): Error {
  return syntaxError(
    '": " is missing after this key: write KEY: VALUE, and indent the lines that continue a value',
    mark,
  );
}
