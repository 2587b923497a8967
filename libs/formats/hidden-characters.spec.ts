import { describe, expect, it } from '@jest/globals';
import { hasHiddenCharacter, replaceHiddenCharacters } from './hidden-characters.js';

describe('hidden characters', () => {
  it.each([
    '\0',
    '\u001b',
    '\u007f',
    '\u0085',
    '\u2028',
    '\u200f',
    '\u202e',
    '\u2066',
    '\ud800',
    '\u200b',
    '\u00ad',
    '\u2060',
    '\ufeff',
    '\u3164',
    '\u{e0041}',
  ])('finds and replaces %j', (character) => {
    expect(hasHiddenCharacter(`a${character}b`)).toBe(true);
    expect(replaceHiddenCharacters(`a${character}b`, () => '?')).toBe('a?b');
  });

  it.each(['', 'Zürich', '日本語', '👩‍👩‍👧', '❤️', 'می‌خواهم', 'a b'])('leaves %j unchanged', (text) => {
    expect(hasHiddenCharacter(text)).toBe(false);
    expect(replaceHiddenCharacters(text, () => '?')).toBe(text);
  });
});
