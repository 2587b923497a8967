// `npm run release`: checks the work tree, sets the version of CHANGELOG.md, writes the SBOM and the metadata of the images to
// dist/, and prints what to tag. It neither commits nor pushes.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { releaseVersion } from './changelog.mjs';
import { imageMetadata } from './image-metadata.mjs';
import { completeSbom } from './sbom.mjs';

/** Which name images of Lizzy by their version. */
const FILES = ['deploy/kubernetes/overlays/eks/kustomization.yaml', 'deploy/senza/lizzy.yaml', 'docs/operations.md'];
const IMAGE_VERSION = /(?<=lizzy:|newTag: |ImageVersion=)\d+\.\d+\.\d+(-\w+\.\d+)?/g;
const TARGETS = ['api', 'worker', 'all-in-one'];

const run = (command, ...args) => execFileSync(command, args, { stdio: 'inherit' });
const read = (command, ...args) =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).trim();
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/** The repository on GitHub that this clone is from, or names to replace. */
const origin = () => {
  const url = read('git', 'config', '--default', '', '--get', 'remote.origin.url');
  const repository = /github\.com[/:]([^/]+\/[^/]+?)(\.git)?$/.exec(url)?.[1] ?? 'OWNER/REPOSITORY';
  return { repository, server: 'https://github.com' };
};

try {
  if (read('git', 'status', '--porcelain') !== '') throw new Error('The work tree has changes: commit them first.');
  const version = releaseVersion(readFileSync('CHANGELOG.md', 'utf8'));
  if (read('git', 'tag', '--list', `v${version}`) !== '') throw new Error(`The tag v${version} exists already.`);
  // Installs what the checks need and builds: the clone can be a new one.
  run('node', 'local/bootstrap.mjs', 'prepare');
  run('npm', 'run', 'check');
  run('npm', 'run', 'check:deploy');
  run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version', '--ignore-scripts');
  for (const file of FILES) writeFileSync(file, readFileSync(file, 'utf8').replaceAll(IMAGE_VERSION, version));

  const sbom = `dist/lizzy-${version}.cdx.json`;
  const npmSbom = read('npm', 'sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only');
  writeJson(sbom, completeSbom(npmSbom, readFileSync('local/python/senza.txt', 'utf8')));
  const images = `dist/lizzy-${version}.images.json`;
  const build = { version, ...origin(), released: true };
  writeJson(images, Object.fromEntries(TARGETS.map((target) => [target, imageMetadata({ target, ...build })])));

  console.log(`
Wrote ${sbom} (npm and Python packages) and ${images}
(tags and labels of the images). Next:

  git commit --all --message 'Release ${version}'     (if anything changed)
  git push origin main                                (wait until CI has passed)
  git tag --sign v${version} --message 'Lizzy ${version}'
  git push origin v${version}

The workflow CI tests the tag and pushes the images with provenance and SBOM, and with the commit as a further tag and label.
`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
