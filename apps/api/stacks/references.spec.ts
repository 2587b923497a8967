import { describe, expect, it } from '@jest/globals';
import { isReferenced, readReferences } from './stack-query.dto.js';

const stacks = ['demo 1', 'demo v2', 'demo v3', 'bare 1', 'demonstration 1'].map((text) => {
  const [stack_name = '', version = ''] = text.split(' ');
  return { stack_name, version };
});

function shown(words: string): string[] {
  const references = readReferences(words === '' ? [] : words.split(','));
  return stacks.filter((stack) => isReferenced(stack, references)).map((each) => `${each.stack_name} ${each.version}`);
}

describe('references', () => {
  it.each([
    ['', ['demo 1', 'demo v2', 'demo v3', 'bare 1', 'demonstration 1']],
    ['demo', ['demo 1', 'demo v2', 'demo v3']],
    ['demo,1', ['demo 1']],
    ['demo,1,bare', ['demo 1', 'bare 1']],
    ['demo,v2,v3', ['demo v2', 'demo v3']],
    ['demo,v2,bare,1', ['demo v2', 'bare 1']],
    ['de.*', []],
    ['demo,.*', []],
    ['nope', []],
  ])('%p', (words, expected) => {
    expect(shown(words)).toEqual(expected);
  });
});
