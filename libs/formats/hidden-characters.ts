// Control characters of ASCII and Latin-1, lone surrogates, the line and paragraph separators, and what changes the direction of the
// text that is shown after it (Unicode Technical Report 36).
const HIDDEN_CHARACTERS = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Whether a text has a character that makes it look different from what it is. */
export function hasHiddenCharacter(text: string): boolean {
  return text.search(HIDDEN_CHARACTERS) !== -1;
}

/** The text with each hidden character replaced by what `replacement` returns for it. */
export function replaceHiddenCharacters(text: string, replacement: (character: string) => string): string {
  return text.replace(HIDDEN_CHARACTERS, replacement);
}
