import { DefinitionError } from './definition-error.js';

// What PyYAML's reader accepts (`NON_PRINTABLE` in its reader.py), less what it reads as a line break and `yaml` does
// not: NEL, LS, PS and a lone CR. Text after one of them would be a comment to us and a second StackName to Senza. A
// byte order mark is accepted at the beginning only.
const FOREIGN =
  /[^\t\n\r\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]|\r(?!\n)/u;

/**
 * Refuses characters that are not allowed in YAML, or that YAML 1.1 and 1.2 understand differently.
 *
 * @throws {DefinitionError} `invalid_yaml` with the character's place.
 */
export function refuseForeignCharacters(text: string): void {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const found = FOREIGN.exec(body);
  if (found === null) return;
  const lines = body.slice(0, found.index).split('\n');
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  throw new DefinitionError('invalid_yaml', `Invalid character U+${code}`, {
    position: { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 },
  });
}
