import { stripVTControlCharacters } from 'node:util';

const CONTROL_CHARACTERS = /[^\P{Cc}\n\t]/gu;

/** A command's output without colours, cursor movements and control characters; newline and tab stay. */
export function plainText(output: string): string {
  return stripVTControlCharacters(output)
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .replace(CONTROL_CHARACTERS, '');
}
