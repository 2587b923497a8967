import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { imageMetadata } from '../../deploy/release/image-metadata.mjs';
import { completeSbom } from '../../deploy/release/sbom.mjs';
import { inProject } from '../../local/services/index.js';

const sbom = z.object({
  metadata: z.object({ component: z.looseObject({ 'bom-ref': z.string() }) }),
  components: z.array(z.object({ purl: z.string() })),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

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

describe('the images of a release', () => {
  it('are tagged with the version and the commit, other ones with the commit only', () => {
    const build = { target: 'api', version: '3.1.0', repository: 'Example/Lizzy', server: 'https://github.com' };
    expect(imageMetadata({ ...build, revision: 'abc', released: true })).toEqual({
      tags: ['ghcr.io/example/lizzy:abc-api', 'ghcr.io/example/lizzy:3.1.0-api'],
      labels: {
        'org.opencontainers.image.version': '3.1.0',
        'org.opencontainers.image.source': 'https://github.com/Example/Lizzy',
        'org.opencontainers.image.revision': 'abc',
      },
    });
    expect(imageMetadata({ ...build, revision: 'abc', released: false }).tags).toEqual([
      'ghcr.io/example/lizzy:abc-api',
    ]);
  });
});

describe('the SBOM of a release', () => {
  it('has the npm packages, and Senza with its Python packages', async () => {
    const npm = await new Promise<string>((resolve) => {
      const args = ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only'];
      execFile('npm', args, { cwd: inProject(), maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) => {
        resolve(stdout);
      });
    });
    const lock = readFileSync(inProject('local', 'python', 'senza.txt'), 'utf8');
    const { metadata, components, dependencies } = sbom.parse(completeSbom(npm, lock));
    expect(metadata.component).toMatchObject({ type: 'application', name: 'lizzy' });
    const packages = components.map(({ purl }) => purl);
    expect(packages).toContain('pkg:pypi/stups-senza@2.1.143');
    expect(packages.filter((each) => /^pkg:npm\/bullmq@/.test(each))).toHaveLength(1);
    expect(new Set(packages).size).toBe(packages.length);
    const direct = dependencies.find(({ ref }) => ref === metadata.component['bom-ref'])?.dependsOn;
    expect(direct).toContain('pkg:pypi/stups-senza@2.1.143');
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
