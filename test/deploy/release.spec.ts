import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from '../../local/services/index.js';

/** Runs `npm run release`'s program in a repository with this changelog; returns its standard error. */
async function release(changelog: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'lizzy-release-'));
  writeFileSync(join(directory, 'CHANGELOG.md'), changelog);
  const program = inProject('deploy', 'release', 'main.mjs');
  const script = `git init -q . && git add . && git -c user.name=x -c user.email=x@x commit -qm x && git tag v1.2.3 && "$0" "$1"`;
  const stderr = await new Promise<string>((resolve) => {
    execFile('/bin/sh', ['-ec', script, process.execPath, program], { cwd: directory }, (_error, _stdout, text) => {
      resolve(text);
    });
  });
  rmSync(directory, { recursive: true });
  return stderr.trim();
}

describe('npm run release', () => {
  it.each([
    ['a changelog without a version', '# Changelog\n\n## [Unreleased]\n\n- a\n', /^CHANGELOG.md has no release/],
    [
      'changes that are still unreleased',
      '# Changelog\n\n## [Unreleased]\n\n- a\n\n## [1.2.4] - 2026-11-25\n\n- b\n',
      /^CHANGELOG.md lists unreleased changes before 1.2.4/,
    ],
    ['a version that is tagged', '# Changelog\n\n## [1.2.3] - 2026-11-25\n', /^The tag v1.2.3 exists already/],
  ])('rejects %s', async (_, changelog, message) => {
    expect(await release(changelog)).toMatch(message);
  });
});

describe('local/python/senza.txt', () => {
  it('has the versions and hashes of requirements.txt, so that the image runs what the tests run', () => {
    const lines = (file: string): string[] =>
      readFileSync(inProject('local', 'python', file), 'utf8')
        .split('\n')
        .map((line) => line.replace(/ \\$/, ''));
    const tested = new Set(lines('requirements.txt'));
    expect(lines('senza.txt').filter((line) => !tested.has(line))).toEqual([]);
  });
});
