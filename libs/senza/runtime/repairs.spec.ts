import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const ROOT = new URL('../../../', import.meta.url);
const DIRECTORY = new URL('libs/senza/runtime/lizzy_runtime/repairs/', ROOT);
/** What the repairs share. */
const SHARED = ['__init__', 'digest', 'replacing'];

const files = readdirSync(DIRECTORY, { encoding: 'utf8' })
  .flatMap((file) => /^(\w+)\.py$/.exec(file)?.[1] ?? [])
  .filter((name) => !SHARED.includes(name))
  .sort();

/** All that a pattern's first group matches in a file of this project, sorted. */
function found(path: string, pattern: RegExp): (string | undefined)[] {
  return [...readFileSync(new URL(path, ROOT), 'utf8').matchAll(pattern)].map(([, name]) => name).sort();
}

describe('the repairs of Senza', () => {
  it('are listed in docs/senza-repairs.md, and can be required by a command', () => {
    expect(found('docs/senza-repairs.md', /^\| `(\w+)` /gm)).toEqual(files);
    expect(found('libs/senza/runtime/run-settings.ts', /^ {2}\| '(\w+)'/gm)).toEqual(files);
  });

  it.each(files)('%s names the functions that it relies on with their digests', (name) => {
    const text = readFileSync(new URL(`${name}.py`, DIRECTORY), 'utf8');
    const [, replaces = ''] = /^REPLACES = \{(.*?)\}$/ms.exec(text) ?? [];
    expect(replaces).toMatch(/^\s*("senza[\w.]*:[\w.]+": "[0-9a-f]{16}"(,\s*)?)+$/);
  });
});
