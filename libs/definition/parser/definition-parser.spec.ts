import { afterEach, describe, expect, it } from '@jest/globals';
import { parseDefinition } from '../parse-definition.js';
import { DefinitionParser } from './definition-parser.js';

const TEXT = 'SenzaInfo:\n  StackName: hello\n';
let parser = new DefinitionParser();

afterEach(async () => {
  await parser.close();
  parser = new DefinitionParser();
});

describe('the parser of definitions', () => {
  it('reads in a thread what the function reads', async () => {
    expect(await parser.parse(TEXT)).toEqual(parseDefinition(TEXT));
  });

  it('reports errors with their place', async () => {
    await expect(parser.parse('SenzaInfo: {StackName: 1}')).rejects.toMatchObject({
      name: 'DefinitionError',
      code: 'invalid_stack_name',
      pointer: '/SenzaInfo/StackName',
      position: { line: 1, column: 24 },
    });
  });

  it('rejects what takes too long, and reads the next one', async () => {
    parser = new DefinitionParser({ timeLimitsMs: [0] });
    const large = `${TEXT}Data: [${'{a: "b c", d: [1, 2]}, '.repeat(10_000)}]\n`;
    await expect(parser.parse(large)).rejects.toMatchObject({ code: 'too_complex' });
    parser = new DefinitionParser();
    expect(await parser.parse(TEXT)).toMatchObject({ stackName: 'hello' });
  });

  it('does not let one user wait for all definitions of another', async () => {
    parser = new DefinitionParser({ threads: 1 });
    const order: string[] = [];
    const parse = async (name: string, user: string): Promise<void> => {
      await parser.parse(TEXT.replace('hello', name), user);
      order.push(name);
    };
    const many = Array.from({ length: 8 }, (_, index) => parse(`many${index}`, 'busy'));
    await Promise.all([...many, parse('one', 'other')]);
    expect(order.indexOf('one')).toBeLessThan(3);
  });

  it('reads the definitions of one user with rests while another is there', async () => {
    const large = (name: string): string => `${TEXT}Data: [${`{${name}: 1}, `.repeat(5_000)}]\n`;
    await parser.parse(TEXT, 'other');
    const order: string[] = [];
    const heavy = ['a', 'b', 'c'].map(async (name) => {
      await parser.parse(large(name), 'heavy');
      order.push(name);
    });
    await heavy[0];
    await parser.parse(`${TEXT}Other: 1\n`, 'other');
    expect(order).toEqual(['a']);
    await Promise.all(heavy);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('rejects pending definitions when it is closed', async () => {
    parser = new DefinitionParser({ threads: 1 });
    const parsed = Promise.allSettled(Array.from({ length: 4 }, (_, index) => parser.parse(`${TEXT}X: ${index}\n`)));
    await parser.close();
    expect((await parsed).at(-1)?.status).toBe('rejected');
  });
});
