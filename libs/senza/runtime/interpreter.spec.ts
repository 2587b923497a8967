import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findInterpreter } from './interpreter.js';

describe('the interpreter of Senza', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lizzy-interpreter-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function executable(name: string, text: string, mode = 0o755): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, text);
    await chmod(file, mode);
    return file;
  }

  it.each([
    ['its first line', '#!/opt/senza/bin/python\nimport sys\n', '/opt/senza/bin/python'],
    ['its first line with a blank', '#! /usr/bin/python3.11\n', '/usr/bin/python3.11'],
    [
      'its second line, for a path with a blank',
      `#!/bin/sh\n'''exec' "/a b/bin/python3" "$0" "$@"\n' '''\n`,
      '/a b/bin/python3',
    ],
    [
      'its second line, for a long path',
      `#!/bin/sh\n'''exec' /long/bin/python3 "$0" "$@"\n' '''\n`,
      '/long/bin/python3',
    ],
    ['no line of a shell script', '#!/bin/sh\nexec true\n', undefined],
    ['no line of a program', '\x7fELF\n', undefined],
  ])('is named by %s', async (_where, text, expected) => {
    await executable('senza', text);
    expect(await findInterpreter(folder)).toBe(expected);
  });

  it('is looked up in the PATH for `env`', async () => {
    await executable('senza', '#!/usr/bin/env python3\n');
    const python = await executable('python3', '');
    expect(await findInterpreter(['/nonexistent', folder].join(delimiter))).toBe(python);
  });

  it('is unknown without an executable `senza`', async () => {
    expect(await findInterpreter(undefined)).toBeUndefined();
    await executable('senza', '#!/usr/bin/python3\n', 0o644);
    expect(await findInterpreter(folder)).toBeUndefined();
  });
});
