import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';

const exec = promisify(execFile);
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
  it.each([
    ['refs/tags/v3.1.0', ['--tag=ghcr.io/example/lizzy:abc-api', '--tag=ghcr.io/example/lizzy:3.1.0-api']],
    ['refs/tags/v3.2.0', ['--tag=ghcr.io/example/lizzy:abc-api']],
    ['refs/heads/main', ['--tag=ghcr.io/example/lizzy:abc-api']],
  ])('built for %s have the tags and labels that CI passes to Docker', async (ref, tags) => {
    const directory = mkdtempSync(join(tmpdir(), 'lizzy-release-'));
    writeFileSync(join(directory, 'package.json'), '{ "version": "3.1.0" }');
    const github = { GITHUB_REPOSITORY: 'Example/Lizzy', GITHUB_SERVER_URL: 'https://github.com', GITHUB_SHA: 'abc' };
    const { stdout } = await exec(process.execPath, [inProject('deploy', 'release', 'image-metadata.mjs'), 'api'], {
      cwd: directory,
      env: { ...github, GITHUB_REF: ref },
    });
    rmSync(directory, { recursive: true });
    expect(stdout.trim().split('\n')).toEqual([
      ...tags,
      '--label=org.opencontainers.image.version=3.1.0',
      '--label=org.opencontainers.image.source=https://github.com/Example/Lizzy',
      '--label=org.opencontainers.image.revision=abc',
    ]);
  });
});

describe('the SBOM of a release', () => {
  it('has the npm packages, and Senza with its Python packages', async () => {
    const options = { cwd: inProject(), maxBuffer: 64 * 1024 * 1024 };
    const npm = await exec('npm', ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only'], options);
    const complete = `import { completeSbom } from './deploy/release/sbom.mjs'; import { readFileSync } from 'node:fs';
      console.log(JSON.stringify(completeSbom(readFileSync(0, 'utf8'), readFileSync('local/python/senza.txt', 'utf8'))));`;
    const completed = exec(process.execPath, ['--input-type=module', '--eval', complete], options);
    completed.child.stdin?.end(npm.stdout);
    const { metadata, components, dependencies } = sbom.parse(JSON.parse((await completed).stdout));
    expect(metadata.component).toMatchObject({ type: 'application', name: 'lizzy' });
    const packages = components.map(({ purl }) => purl);
    expect(packages).toContain('pkg:pypi/stups-senza@2.1.143');
    expect(packages.filter((each) => each.startsWith('pkg:npm/bullmq@'))).toHaveLength(1);
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
