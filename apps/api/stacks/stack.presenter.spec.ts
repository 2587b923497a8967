import { describe, expect, it } from '@jest/globals';
import { OUTPUT_HEADER_LIMIT, outputHeader } from './stack.presenter.js';

describe('the header with the output of Senza', () => {
  it.each([
    ['newlines as two characters', 'one.. OK\ntwo.. OK\n', String.raw`one.. OK\ntwo.. OK\n`],
    ['newlines of Windows, too', 'one\r\ntwo', String.raw`one\ntwo`],
    ['Latin-1 as it is', 'zürich', 'zürich'],
    ['a question mark for all else', '☃ 😀 \u0000 \u001b[1m \u0085', '? ? ? ?[1m ?'],
    ['nothing when Senza has said nothing', '', ''],
  ])('has %s', (_what, output, header) => {
    expect(outputHeader(output)).toBe(header);
  });

  it('keeps the end of a long output', () => {
    const header = outputHeader(`${'x'.repeat(5000)}\nOK\n`);
    expect(header).toHaveLength(OUTPUT_HEADER_LIMIT);
    expect(header.endsWith(String.raw`x\nOK\n`)).toBe(true);
  });

  it('does not cut a newline in two', () => {
    const header = outputHeader(`${'x'.repeat(50)}\n${'y'.repeat(OUTPUT_HEADER_LIMIT - 1)}`);
    expect(header).toBe('y'.repeat(OUTPUT_HEADER_LIMIT - 1));
  });
});
