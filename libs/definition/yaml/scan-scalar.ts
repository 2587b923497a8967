import { BREAKS, END, isOneOf, type Reader, SEPARATOR, syntaxError, type Mark } from './reader.js';

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\u001b'],
  [' ', ' '],
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['N', '\u0085'],
  ['_', '\u00a0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);
const ESCAPE_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);
const HEXADECIMAL = /^[0-9a-fA-F]+$/;
const UNQUOTED_END = `'"\\${SEPARATOR}`;
const FLOW_INDICATORS = ',[]{}';

/** Reads a quoted scalar; indentation does not matter in it (`scan_flow_scalar` in PyYAML's scanner.py). */
export function scanQuoted(reader: Reader, quote: "'" | '"'): string {
  const start = reader.mark;
  const chunks: string[] = [];
  reader.forward();
  scanNonSpaces(reader, quote, start, chunks);
  while (reader.peek() !== quote) {
    scanQuotedSpaces(reader, start, chunks);
    scanNonSpaces(reader, quote, start, chunks);
  }
  reader.forward();
  return chunks.join('');
}

function scanNonSpaces(reader: Reader, quote: "'" | '"', start: Mark, chunks: string[]): void {
  for (;;) {
    chunks.push(reader.take(reader.count((character) => !isOneOf(character, UNQUOTED_END))));
    const character = reader.peek();
    if (quote === "'" && character === "'" && reader.peek(1) === "'") {
      chunks.push("'");
      reader.forward(2);
    } else if (quote === '"' ? character === "'" : isOneOf(character, '"\\')) {
      chunks.push(reader.take(1));
    } else if (quote === '"' && character === '\\') {
      scanEscape(reader, start, chunks);
    } else {
      return;
    }
  }
}

function scanEscape(reader: Reader, start: Mark, chunks: string[]): void {
  const place = reader.mark;
  reader.forward();
  const character = reader.peek();
  const replacement = ESCAPES.get(character);
  const length = ESCAPE_LENGTHS.get(character);
  if (replacement !== undefined) {
    chunks.push(replacement);
    reader.forward();
  } else if (length !== undefined) {
    reader.forward();
    const digits = reader.take(length);
    const code = HEXADECIMAL.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    if (digits.length !== length || Number.isNaN(code) || code > 0x10ffff) {
      throw syntaxError(`\\${character} needs ${length} hexadecimal digits of a Unicode character`, place);
    }
    // JSON writes an emoji as two escapes, a surrogate pair.
    chunks.push(String.fromCodePoint(code));
  } else if (isOneOf(character, BREAKS)) {
    reader.takeLineBreak();
    scanQuotedBreaks(reader, start, chunks);
  } else {
    throw syntaxError('Unknown escape: write \\\\ for a backslash, or use single quotes', place);
  }
}

function scanQuotedSpaces(reader: Reader, start: Mark, chunks: string[]): void {
  const spaces = reader.take(reader.count((character) => isOneOf(character, ' \t')));
  const character = reader.peek();
  if (character === END) throw syntaxError('This quote is not closed', start);
  if (!isOneOf(character, BREAKS)) {
    chunks.push(spaces);
    return;
  }
  const lineBreak = reader.takeLineBreak();
  const breaks: string[] = [];
  scanQuotedBreaks(reader, start, breaks);
  if (lineBreak !== '\n') chunks.push(lineBreak);
  else if (breaks.length === 0) chunks.push(' ');
  chunks.push(breaks.join(''));
}

function scanQuotedBreaks(reader: Reader, start: Mark, chunks: string[]): void {
  for (;;) {
    if (reader.atDocumentIndicator()) throw syntaxError('This quote is not closed before the document ends', start);
    while (isOneOf(reader.peek(), ' \t')) reader.forward();
    if (!isOneOf(reader.peek(), BREAKS)) return;
    chunks.push(reader.takeLineBreak());
  }
}

/** What the scanner of a plain scalar needs to know, and reports. */
export interface PlainScalar {
  readonly value: string;
  /** Whether the scan ended after a line break, so that a simple key may follow. */
  readonly endedAtLineStart: boolean;
}

/** Reads an unquoted scalar (`scan_plain`). `indent`: the current indentation; `inFlow`: inside `[]` or `{}`. */
export function scanPlain(reader: Reader, indent: number, inFlow: boolean): PlainScalar {
  const chunks: string[] = [];
  let spaces = '';
  let endedAtLineStart = false;
  while (reader.peek() !== '#') {
    const length = plainLength(reader, inFlow);
    if (length === 0) break;
    endedAtLineStart = false;
    chunks.push(spaces, reader.take(length));
    const read = scanPlainSpaces(reader);
    endedAtLineStart = read.hasBreak;
    spaces = read.spaces;
    if (spaces === '' || reader.peek() === '#' || (!inFlow && reader.column < indent + 1)) break;
  }
  return { value: chunks.join(''), endedAtLineStart };
}

function plainLength(reader: Reader, inFlow: boolean): number {
  for (let length = 0; ; length += 1) {
    const character = reader.peek(length);
    if (isOneOf(character, SEPARATOR)) return length;
    if (character === ':') {
      const next = reader.peek(length + 1);
      if (isOneOf(next, SEPARATOR) || (inFlow && isOneOf(next, FLOW_INDICATORS))) return length;
    }
    if (inFlow && isOneOf(character, ',?[]{}')) return length;
  }
}

function scanPlainSpaces(reader: Reader): { readonly spaces: string; readonly hasBreak: boolean } {
  const blanks = reader.take(reader.count((character) => character === ' '));
  if (!isOneOf(reader.peek(), BREAKS)) return { spaces: blanks, hasBreak: false };
  const lineBreak = reader.takeLineBreak();
  const breaks: string[] = [];
  if (reader.atDocumentIndicator()) return { spaces: '', hasBreak: true };
  while (isOneOf(reader.peek(), ` ${BREAKS}`)) {
    if (reader.peek() === ' ') {
      reader.forward();
      continue;
    }
    breaks.push(reader.takeLineBreak());
    if (reader.atDocumentIndicator()) return { spaces: '', hasBreak: true };
  }
  if (lineBreak !== '\n') return { spaces: lineBreak + breaks.join(''), hasBreak: true };
  return { spaces: breaks.length === 0 ? ' ' : breaks.join(''), hasBreak: true };
}
