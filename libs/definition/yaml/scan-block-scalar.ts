import { BREAK_OR_END, BREAKS, END, isOneOf, type Reader, syntaxError } from './reader.js';

interface Header {
  /** `+` keeps the line breaks at the end, `-` drops them, none keeps one. */
  readonly chomping: '+' | '-' | '';
  readonly increment: number | undefined;
}

/** Reads a literal (`|`) or folded (`>`) scalar (`scan_block_scalar` in PyYAML's scanner.py). */
export function scanBlockScalar(reader: Reader, isFolded: boolean, parentIndent: number): string {
  reader.forward();
  const { chomping, increment } = scanHeader(reader);
  const chunks: string[] = [];
  const minimum = Math.max(parentIndent + 1, 1);
  const first = increment === undefined ? scanIndentation(reader) : undefined;
  const indent = first === undefined ? minimum + (increment ?? 1) - 1 : Math.max(minimum, first.indent);
  let breaks = first?.breaks ?? scanBreaks(reader, indent);
  let lineBreak = '';
  while (reader.column === indent && reader.peek() !== END) {
    chunks.push(breaks);
    const beginsWithText = !isOneOf(reader.peek(), ' \t');
    chunks.push(reader.take(reader.count((character) => !isOneOf(character, BREAK_OR_END))));
    lineBreak = reader.takeLineBreak();
    breaks = scanBreaks(reader, indent);
    if (reader.column !== indent || reader.peek() === END) break;
    const folds = isFolded && lineBreak === '\n' && beginsWithText && !isOneOf(reader.peek(), ' \t');
    if (!folds) chunks.push(lineBreak);
    else if (breaks === '') chunks.push(' ');
  }
  if (chomping !== '-') chunks.push(lineBreak);
  if (chomping === '+') chunks.push(breaks);
  return chunks.join('');
}

function scanHeader(reader: Reader): Header {
  let chomping = scanChomping(reader);
  const increment = scanIncrement(reader);
  if (chomping === '' && increment !== undefined) chomping = scanChomping(reader);
  const problem = 'After | or > only -, +, a digit for the indentation, and a comment can follow on the line';
  if (!isOneOf(reader.peek(), ` ${BREAK_OR_END}`)) throw syntaxError(problem, reader.mark);
  reader.skipSpaces();
  reader.skipComment();
  if (!isOneOf(reader.peek(), BREAK_OR_END)) throw syntaxError(problem, reader.mark);
  reader.takeLineBreak();
  return { chomping, increment };
}

function scanChomping(reader: Reader): Header['chomping'] {
  const character = reader.peek();
  if (character !== '+' && character !== '-') return '';
  reader.forward();
  return character;
}

function scanIncrement(reader: Reader): number | undefined {
  const character = reader.peek();
  if (!isOneOf(character, '0123456789')) return undefined;
  if (character === '0') throw syntaxError('The indentation of a block must be 1 to 9', reader.mark);
  reader.forward();
  return Number(character);
}

// The empty lines before the text, and the indentation of the first line of it.
function scanIndentation(reader: Reader): { readonly breaks: string; readonly indent: number } {
  const breaks: string[] = [];
  let indent = 0;
  while (isOneOf(reader.peek(), ` ${BREAKS}`)) {
    if (reader.peek() === ' ') {
      reader.forward();
      indent = Math.max(indent, reader.column);
    } else {
      breaks.push(reader.takeLineBreak());
    }
  }
  return { breaks: breaks.join(''), indent };
}

function scanBreaks(reader: Reader, indent: number): string {
  const breaks: string[] = [];
  const skipIndentation = (): void => {
    while (reader.column < indent && reader.peek() === ' ') reader.forward();
  };
  skipIndentation();
  while (isOneOf(reader.peek(), BREAKS)) {
    breaks.push(reader.takeLineBreak());
    skipIndentation();
  }
  return breaks.join('');
}
