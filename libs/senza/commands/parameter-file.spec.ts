import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parameterFile } from './parameter-file.js';

describe('the parameter file', () => {
  it('keeps every value the string that it is, in YAML 1.1', () => {
    const parameters = new Map([
      ['Version', '1.10'],
      ['Flag', 'yes'],
      ['Nothing', '~'],
      ['Text', `it's: "quoted" #no \\comment`],
      ['Unicode', 'é € 😀 \u2028\u0085'],
      ['<<', '*alias'],
      ['Empty', ''],
    ]);
    const text = parameterFile(parameters);
    expect(parse(text, { version: '1.1' })).toEqual(Object.fromEntries(parameters));
  });

  it('has no character that PyYAML takes for a line break', () => {
    expect(parameterFile(new Map([['A', '\u2028\u2029\u0085\ufeff']]))).toBe('"A": "\\u2028\\u2029\\u0085\\ufeff"\n');
  });
});
