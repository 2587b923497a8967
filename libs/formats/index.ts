/** Formats of values that requests, definitions, settings and the output of commands share. */
export { hasHiddenCharacter, replaceHiddenCharacters } from './hidden-characters.js';
export { plainLine, plainText } from './plain-text.js';
export { regionSchema } from './region.js';
export { versionSchema } from './version.js';
