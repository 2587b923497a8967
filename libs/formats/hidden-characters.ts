// Control characters of ASCII and Latin-1, lone surrogates, the line and paragraph separators, and what has no shape of its own
// (Default_Ignorable_Code_Point): what changes the direction of the text after it, blanks without a width, tag characters (Unicode
// Technical Report 36). Joiners and variation selectors are parts of emoji and of some scripts.
const HIDDEN_CHARACTERS = /(?![\u200c\u200d\ufe00-\ufe0f])[\p{Cc}\p{Cs}\p{DI}\u2028\u2029]/gu;

/** Whether a text has a character that makes it look different from what it is. */
export function hasHiddenCharacter(text: string): boolean {
  return text.search(HIDDEN_CHARACTERS) !== -1;
}

/** The text with each hidden character replaced by what `replacement` returns for it. */
export function replaceHiddenCharacters(text: string, replacement: (character: string) => string): string {
  return text.replace(HIDDEN_CHARACTERS, replacement);
}
