import { BREAK_OR_END, isOneOf, type Reader, SEPARATOR, SPACE_OR_BREAK_OR_END, syntaxError } from './reader.js';
import { type Directive, type TagName } from './tokens.js';

const isWord = (character: string): boolean => /^[0-9A-Za-z_-]$/.test(character);
const isUriCharacter = (character: string): boolean => /^[0-9A-Za-z;/?:@&=+$,_.!~*'()[\]-]$/.test(character);

/** Reads `&name` or `*name` (`scan_anchor` in PyYAML's scanner.py). */
export function scanAnchor(reader: Reader): string {
  const start = reader.mark;
  const indicator = reader.take(1);
  const name = reader.take(reader.count(isWord));
  if (name !== '' && isOneOf(reader.peek(), `${SEPARATOR}?:,]}%@\``)) return name;
  const what = indicator === '&' ? 'An anchor (&name)' : 'An alias (*name)';
  throw syntaxError(
    `${what} consists of letters, digits, - and _: put a string that begins with ${indicator} in quotes`,
    start,
  );
}

/** Reads a tag (`scan_tag`). */
export function scanTag(reader: Reader): TagName {
  const start = reader.mark;
  const next = reader.peek(1);
  let tag: TagName;
  if (next === '<') {
    reader.forward(2);
    tag = { handle: null, suffix: scanUri(reader) };
    if (reader.peek() !== '>') throw syntaxError('A verbatim tag ends with >: write !<tag>', start);
    reader.forward();
  } else if (isOneOf(next, SEPARATOR)) {
    reader.forward();
    tag = { handle: null, suffix: '!' };
  } else {
    tag = { handle: scanTagHandleOf(reader), suffix: scanUri(reader) };
  }
  if (isOneOf(reader.peek(), SPACE_OR_BREAK_OR_END)) return tag;
  throw syntaxError('A space is missing after this tag: put a string that begins with ! in quotes', start);
}

function scanTagHandleOf(reader: Reader): string {
  const length = reader.count((character) => character !== '' && !isOneOf(character, SPACE_OR_BREAK_OR_END));
  if (reader.prefix(length).includes('!', 1)) return scanTagHandle(reader);
  reader.forward();
  return '!';
}

function scanTagHandle(reader: Reader): string {
  const start = reader.mark;
  let length = 1;
  if (reader.peek() === '!' && reader.peek(1) !== ' ') {
    while (isWord(reader.peek(length))) length += 1;
    if (reader.peek(length) !== '!') throw syntaxError('A tag’s handle is !, !! or !name!', start);
    length += 1;
  }
  if (reader.peek() !== '!') throw syntaxError('A tag’s handle begins with !', start);
  return reader.take(length);
}

function scanUri(reader: Reader): string {
  const start = reader.mark;
  const chunks: string[] = [];
  for (;;) {
    chunks.push(reader.take(reader.count(isUriCharacter)));
    if (reader.peek() !== '%') break;
    chunks.push(scanUriEscapes(reader));
  }
  const uri = chunks.join('');
  if (uri === '') throw syntaxError('The name of the tag is missing: put a string that begins with ! in quotes', start);
  return uri;
}

function scanUriEscapes(reader: Reader): string {
  const start = reader.mark;
  const bytes: number[] = [];
  while (reader.peek() === '%') {
    const digits = reader.take(3).slice(1);
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw syntaxError('%XX in a tag needs two hexadecimal digits', start);
    bytes.push(Number.parseInt(digits, 16));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    throw syntaxError('%XX in a tag must be UTF-8', start);
  }
}

/** Reads a line that begins with `%` (`scan_directive`). */
export function scanDirective(reader: Reader): Directive {
  const start = reader.mark;
  const problem = 'Only %YAML 1.1 and %TAG are allowed here: put a string that begins with % in quotes';
  const expect = (condition: boolean): void => {
    if (!condition) throw syntaxError(problem, start);
  };
  reader.forward();
  const name = reader.take(reader.count(isWord));
  expect(name !== '' && isOneOf(reader.peek(), SPACE_OR_BREAK_OR_END));
  let directive: Directive = { name: 'other' };
  if (name === 'YAML') {
    reader.skipSpaces();
    const major = scanDigits(reader);
    expect(major !== '' && reader.peek() === '.');
    reader.forward();
    expect(scanDigits(reader) !== '' && isOneOf(reader.peek(), SPACE_OR_BREAK_OR_END));
    directive = { name, major: Number(major) };
  } else if (name === 'TAG') {
    reader.skipSpaces();
    const handle = scanTagHandle(reader);
    expect(reader.peek() === ' ');
    reader.skipSpaces();
    directive = { name, handle, prefix: scanUri(reader) };
    expect(isOneOf(reader.peek(), SPACE_OR_BREAK_OR_END));
  } else {
    reader.skipToBreak();
  }
  reader.skipSpaces();
  reader.skipComment();
  expect(isOneOf(reader.peek(), BREAK_OR_END));
  reader.takeLineBreak();
  return directive;
}

function scanDigits(reader: Reader): string {
  return reader.take(reader.count((character) => isOneOf(character, '0123456789')));
}
