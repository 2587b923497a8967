import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { jobErrorCode } from '#jobs';
import { inProject } from '../../local/services/index.js';

describe('docs/troubleshooting.md', () => {
  const headings = readFileSync(inProject('docs', 'troubleshooting.md'), 'utf8').match(/^### .*$/gm) ?? [];

  it.each(jobErrorCode.options)('has a paragraph about the error code %s', (code) => {
    expect(headings.filter((heading) => heading.startsWith(`### \`${code}\``))).toHaveLength(1);
  });
});
