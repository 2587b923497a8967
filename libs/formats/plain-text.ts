import { stripVTControlCharacters } from 'node:util';
import { replaceHiddenCharacters } from './hidden-characters.js';

/** A text of a command or of AWS without colours, cursor movements, control, bidirectional and invisible characters; newline and tab stay. */
export function plainText(text: string): string {
  const lines = stripVTControlCharacters(text).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  return replaceHiddenCharacters(lines, (character) => (character === '\n' || character === '\t' ? character : ''));
}

/** The same in one line: a reason that others choose must not add lines to a log. */
export function plainLine(text: string): string {
  const lines = plainText(text).split('\n');
  return lines.length === 1
    ? (lines[0] ?? '')
    : lines
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .join(' ');
}
