import { describe, expect, it } from '@jest/globals';
import { plainLine, plainText } from './plain-text.js';

describe('a text of others', () => {
  const text = 'a\u001b[2J\u001b]0;title\u0007 \u202eb\u200b\u2028\tc\r\n d\re\u0000\n';

  it('is shown without what changes a terminal or its direction', () => {
    expect(plainText(text)).toBe('a b\tc\n d\ne\n');
  });

  it('can be shown in one line', () => {
    expect(plainLine(text)).toBe('a b\tc d e');
    expect(plainLine(' as it is ')).toBe(' as it is ');
  });
});
