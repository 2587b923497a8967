import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonFault } from './json-fault.js';

describe('the place of a mistake in JSON', () => {
  it.each([
    ['{"a": 1,}', '(line 1, column 9): the name of a field must stand here, in "double quotes"'],
    ["{'a': 1}", '(line 1, column 2): the name of a field must stand here, in "double quotes"'],
    ['{"a": 1\n "b": 2}', '(line 2, column 2): "," or "}" is missing before this place'],
    ['{"a" 1}', '(line 1, column 6): ":" is missing before this place'],
    ['{"a": True}', '(line 1, column 7): a value must stand here; texts are in "double quotes"'],
    ['{"a": [1, ]}', '(line 1, column 11): a value must stand here; texts are in "double quotes"'],
    ['{"a": 012}', '(line 1, column 8): "," or "}" is missing before this place'],
    ['{"a": "Secret:\n  x"}', '(line 1, column 15): a line break or tab in a text must be written as \\n or \\t'],
    ['{"a": "C:\\x"}', '(line 1, column 10): this is no escape sequence; a backslash in a text is written as \\\\'],
    ['{"a": "b}', '(line 1, column 7): the quotation mark after this text is missing'],
    ['{"a": [{}, {"b": null}', '(line 1, column 23): "]" is missing at its end'],
    ['{} {}', '(line 1, column 4): nothing may follow the end of the object'],
    ['  ', '(line 1, column 3): it ends too early'],
    ['\ufeff{', '(line 1, column 3): "}" is missing at its end'],
  ])('%j', (text, expected) => {
    expect(jsonFault(text)).toBe(`The body is not valid JSON ${expected}`);
  });

  it('is behind all that JSON.parse accepts', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const column = json.length + 2;
        expect(jsonFault(`${json} x`)).toBe(
          `The body is not valid JSON (line 1, column ${column}): nothing may follow the end of the object`,
        );
      }),
    );
  });
});
