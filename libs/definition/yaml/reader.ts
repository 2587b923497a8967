import { DefinitionError, type DefinitionPosition } from '../errors/definition-error.js';

/** Marks the end of the text. It cannot occur in the text itself. */
export const END = '\0';
/** The line breaks of YAML 1.1. */
export const BREAKS = '\r\n\u0085\u2028\u2029';
export const BREAK_OR_END = END + BREAKS;
export const SPACE_OR_BREAK_OR_END = ` ${BREAK_OR_END}`;
/** Blanks, line breaks and the end: what separates tokens. */
export const SEPARATOR = `\t${SPACE_OR_BREAK_OR_END}`;

// `NON_PRINTABLE` in PyYAML's reader.py. Lone surrogates cannot be encoded.
const NOT_PRINTABLE = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Whether the character is one of those in `set`. An empty string is none. */
export function isOneOf(character: string, set: string): boolean {
  return character !== '' && set.includes(character);
}

/** A place in a text, with its index in UTF-16 units. */
export interface Mark extends DefinitionPosition {
  readonly offset: number;
}

/** A text and the position in it, as PyYAML's reader.py counts: in Unicode characters, a byte order mark has no width. */
export class Reader {
  private readonly text: string;
  private pointer = 0;
  private line = 0;
  /** Number of characters read. */
  index = 0;
  column = 0;

  /** @throws {DefinitionError} `invalid_yaml` for a character that YAML does not allow. */
  constructor(text: string) {
    this.text = text + END;
    const found = NOT_PRINTABLE.exec(text);
    if (found === null) return;
    const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    this.forward(found.index);
    throw syntaxError(
      `YAML does not allow the character U+${code}: write it as an escape in "double quotes"`,
      this.mark,
    );
  }

  /** Where the next character is. */
  get mark(): Mark {
    return { line: this.line + 1, column: this.column + 1, offset: this.pointer };
  }

  /** Number of the current line, from 0. */
  get currentLine(): number {
    return this.line;
  }

  /** The UTF-16 unit `offset` units ahead. */
  peek(offset = 0): string {
    return this.text.charAt(this.pointer + offset);
  }

  /** The next `length` UTF-16 units. */
  prefix(length: number): string {
    return this.text.slice(this.pointer, this.pointer + length);
  }

  /** Skips `length` UTF-16 units. */
  forward(length = 1): void {
    for (const end = this.pointer + length; this.pointer < end;) {
      const code = this.text.charCodeAt(this.pointer);
      this.pointer += 1;
      // The second half of a surrogate pair belongs to the character before it.
      if (code >= 0xdc00 && code <= 0xdfff) continue;
      this.index += 1;
      if (isLineBreak(code) || (code === 0x0d && this.text.charCodeAt(this.pointer) !== 0x0a)) {
        this.line += 1;
        this.column = 0;
      } else if (code !== 0xfeff) {
        this.column += 1;
      }
    }
  }

  /** Reads `length` UTF-16 units. */
  take(length: number): string {
    const taken = this.prefix(length);
    this.forward(length);
    return taken;
  }

  /** How many of the next units satisfy the condition. */
  count(condition: (character: string) => boolean): number {
    let length = 0;
    while (condition(this.peek(length))) length += 1;
    return length;
  }

  skipSpaces(): void {
    while (this.peek() === ' ') this.forward();
  }

  /** Skips the rest of the line, without its break. */
  skipToBreak(): void {
    this.forward(this.count((character) => !isOneOf(character, BREAK_OR_END)));
  }

  /**
   * Skips a comment, if one begins here. PyYAML ends comments at every line break of YAML 1.1. What follows one that
   * editors do not show would look like comment and be read as content, so it is refused.
   */
  skipComment(): void {
    if (this.peek() !== '#') return;
    this.skipToBreak();
    if (isOneOf(this.peek(), '\u0085\u2028\u2029') || (this.peek() === '\r' && this.peek(1) !== '\n')) {
      throw syntaxError('A comment cannot end with this line break: end the line with a newline', this.mark);
    }
  }

  /** Reads a line break, if there is one. A carriage return, NEL and their like come out as a newline. */
  takeLineBreak(): string {
    const character = this.peek();
    if (isOneOf(character, '\r\n\u0085')) {
      this.forward(this.prefix(2) === '\r\n' ? 2 : 1);
      return '\n';
    }
    if (!isOneOf(character, '\u2028\u2029')) return '';
    this.forward();
    return character;
  }

  /** Whether `---` or `...` begins here and stands alone. */
  atDocumentIndicator(): boolean {
    const prefix = this.prefix(3);
    return (prefix === '---' || prefix === '...') && isOneOf(this.peek(3), SEPARATOR);
  }
}

function isLineBreak(code: number): boolean {
  return code === 0x0a || code === 0x85 || code === 0x2028 || code === 0x2029;
}

/** A definition that is not YAML. The sentence is followed by the place. */
export function syntaxError(sentence: string, position: DefinitionPosition): DefinitionError {
  return new DefinitionError('invalid_yaml', `${sentence} (line ${position.line}, column ${position.column})`, {
    position,
  });
}

/** A character that begins no token. */
export function unexpectedCharacter(character: string, mark: Mark): Error {
  if (character === '\t') return syntaxError('YAML does not allow tabs here: indent with blanks', mark);
  return syntaxError(`A text that begins with ${character} must be in quotes`, mark);
}
