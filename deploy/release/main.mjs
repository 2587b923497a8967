// `npm run release`: checks the work tree, sets the version of CHANGELOG.md, writes the SBOM to dist/, and prints what to
// tag. It changes package.json and package-lock.json only; it neither commits nor pushes.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { releaseVersion } from './changelog.mjs';

const run = (command, ...args) => execFileSync(command, args, { stdio: 'inherit' });
const read = (command, ...args) =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).trim();

try {
  if (read('git', 'status', '--porcelain') !== '') throw new Error('The work tree has changes: commit them first.');
  const version = releaseVersion(readFileSync('CHANGELOG.md', 'utf8'));
  if (read('git', 'tag', '--list', `v${version}`) !== '') throw new Error(`The tag v${version} exists already.`);
  // Installs what the checks need and builds: the clone can be a new one.
  run('node', 'local/bootstrap.mjs', 'prepare');
  run('npm', 'run', 'check');
  run('npm', 'run', 'check:deploy');
  run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version', '--ignore-scripts');
  const sbom = `dist/lizzy-${version}.cdx.json`;
  writeFileSync(sbom, read('npm', 'sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only'));

  console.log(`
Wrote ${sbom}. Next, when CI has passed for this commit:

  git commit --all --message 'Release ${version}'     (if the version changed)
  git tag --sign v${version} --message 'Lizzy ${version}'
  git push origin main v${version}

The workflow CI tests the tag and pushes the images ghcr.io/OWNER/REPOSITORY:${version}-api, -worker and -all-in-one with
provenance, SBOM, and labels: org.opencontainers.image.version=${version}, .revision and .source.
`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
