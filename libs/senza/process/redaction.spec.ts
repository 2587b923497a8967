import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { makeRedaction } from './redaction.js';

const PASSWORD = 'pa"ss\'w\u00f6rd & more/stuff';

describe('a secret', () => {
  const redact = makeRedaction([PASSWORD, 'hush', 'hush-hush', 'line number one\nline number two', ' ', '']);
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it.each([
    ['as it is', `x ${PASSWORD} y`],
    ['as JSON writes it', `x ${JSON.stringify(PASSWORD).slice(1, -1)} y`],
    ['as Python writes it', `x ${PASSWORD.replace("'", "\\'")} y`],
    ['as Python writes JSON', `x ${JSON.stringify(PASSWORD).slice(1, -1).replace('\u00f6', '\\u00f6')} y`],
    ['as YAML writes it in double quotes', `x ${JSON.stringify(PASSWORD).slice(1, -1).replace('\u00f6', '\\xF6')} y`],
    ['as Mustache escapes it', 'x pa&quot;ss&#x27;w\u00f6rd &amp; more/stuff y'],
    ['in a URL', `x ${encodeURIComponent(PASSWORD).replace("'", '%27')} y`],
    ['in a form', `x ${new URLSearchParams({ p: PASSWORD }).toString().slice(2)} y`],
    ['in base64', `x ${base64(PASSWORD).slice(0, -2)} y`],
    ['in hexadecimal digits', `x ${Buffer.from(PASSWORD).toString('hex')} y`],
    ['that contains another', 'x hush-hush y'],
    ['that is short', 'x hush y'],
    ['line by line', 'x line number two y'],
    ['in part, from its middle', 'x w\u00f6rd & mo y'],
    ['in part, from its end', 'x re/stuff y'],
  ])('is masked %s', (_, text) => {
    expect(redact(text)).toBe('x **** y');
  });

  it.each([0, 1, 2, 3, 4])('is masked inside a longer text in base64, %i bytes after its beginning', (before) => {
    const masked = redact(base64(`${'-'.repeat(before)}${PASSWORD}---`));
    const whole = base64(PASSWORD);
    for (let start = 0; start + 8 <= whole.length; start += 1)
      expect(masked).not.toContain(whole.slice(start, start + 8));
    expect(masked).toContain('****');
  });

  it.each(['1', 'ab'])('of one or two characters leaves a text readable: %s', (secret) => {
    const text = 'Stack app-1 not found: 12 of 31 tabs, exit code 1 or ab, grab 1ab';
    expect(makeRedaction([secret])(text)).toBe(text);
    expect(makeRedaction([secret])(`Pin: ${secret}, pin=${secret}`)).toBe('Pin: ****, pin=****');
  });

  it('of JSON does not mask brackets and indentation everywhere', () => {
    const credentials = JSON.stringify({ type: 'service_account', key: 'MIIEvQIBADANBg' }, undefined, 2);
    const text = 'Resources:\n  Queue: {\n      "a": "b"\n  }\n';
    expect(makeRedaction([credentials])(text)).toBe(text);
    expect(makeRedaction([credentials])('  "key": "MIIEvQIB')).not.toMatch(/MIIE/);
  });

  it('of symbols is masked in all its parts, the last one included', () => {
    const symbols = 'f.*+?^${}()|[]x';
    expect(makeRedaction([`a'b"c\\d<e>&${symbols}`])(`depends on d<e>&${symbols} here`)).toBe('depends on **** here');
    expect(makeRedaction(['!@#$%^&*()-+'])('"!@#$%^&*()-+"')).toBe('"****"');
  });

  it('with hidden characters is masked without them, as outputs show it', () => {
    expect(makeRedaction(['a1\u200bb2\u200bc3\u200bd4\u200be5'])('x a1b2c3d4e5 y')).toBe('x **** y');
  });

  it('that is empty masks nothing', () => {
    expect(makeRedaction(['', ' '])('a b')).toBe('a b');
  });

  it('is found at each place of a long text, beside others', () => {
    const secrets = ['abcdef', 'bcdefgh', 'zzzzzz', 'abcabc'];
    const text = fc.string({ minLength: 6, maxLength: 60, unit: fc.constantFrom(...Array.from('abcdefghz')) });
    const property = fc.property(text, (value) => {
      const masked = makeRedaction(secrets)(value);
      expect(secrets.some((secret) => masked.includes(secret))).toBe(false);
      expect(masked.includes('****')).toBe(
        ['abcdef', 'bcdefg', 'cdefgh', 'zzzzzz', 'abcabc'].some((part) => value.includes(part)),
      );
    });
    const planted = fc.property(text, text, fc.constantFrom(...secrets), (before, after, secret) => {
      expect(makeRedaction(secrets)(`-- ${before} ${secret} ${after} --`)).not.toContain(secret);
    });
    fc.assert(property, { seed: 4, numRuns: 300 });
    fc.assert(planted, { seed: 4, numRuns: 300 });
  });

  it('never comes out in parts of eight characters, wherever it is', () => {
    const secret = fc.string({
      minLength: 8,
      maxLength: 40,
      unit: fc.constantFrom(...Array.from('abcdefgh01234/+: "\'')),
    });
    const edges = fc.tuple(fc.nat(40), fc.nat(40));
    const property = fc.property(secret, fc.string(), fc.string(), edges, (value, before, after, [from, length]) => {
      const part = value.slice(from, from + length);
      const masked = makeRedaction([value])(before + part + after);
      for (let start = 0; start + 8 <= value.length; start += 1) {
        const run = value.slice(start, start + 8);
        const letters = run.replace(/[^a-z0-9]/g, '').length;
        if (letters > 4) expect(masked).not.toContain(run);
      }
    });
    fc.assert(property, { seed: 4, numRuns: 300 });
  });
});
