import { describe, expect, it } from '@jest/globals';
import { makeRedaction } from './redaction.js';

describe('a secret', () => {
  const redact = makeRedaction(['pa"ss\'wörd', 'hush', 'hush-hush', 'line one\nline two', ' ', '']);

  it.each([
    ['as it is', 'x pa"ss\'wörd y'],
    ['as JSON writes it', 'x pa\\"ss\'wörd y'],
    ['as Python writes it', 'x pa"ss\\\'wörd y'],
    ['as Mustache escapes it', 'x pa&quot;ss&#x27;wörd y'],
    ['that contains another', 'x hush-hush y'],
    ['line by line', 'x line two y'],
  ])('is masked %s', (_, text) => {
    expect(redact(text)).toBe('x **** y');
  });

  it('that is empty masks nothing', () => {
    expect(redact('a b')).toBe('a b');
  });
});
