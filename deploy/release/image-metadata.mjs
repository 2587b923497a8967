import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * Tags and OCI labels of the image of a target. The Dockerfile has the labels that never change.
 * https://github.com/opencontainers/image-spec/blob/main/annotations.md
 * @param {{ target: string, version: string, repository: string, server: string, revision?: string, released: boolean }} build
 *   repository as OWNER/NAME; an image that is not released is tagged with its commit only
 * @returns {{ tags: string[], labels: Record<string, string> }}
 */
export const imageMetadata = ({ target, version, repository, server, revision, released }) => {
  const image = `ghcr.io/${repository.toLowerCase()}`;
  const label = 'org.opencontainers.image';
  return {
    tags: [
      ...(revision === undefined ? [] : [`${image}:${revision}-${target}`]),
      ...(released ? [`${image}:${version}-${target}`] : []),
    ],
    labels: {
      [`${label}.version`]: version,
      [`${label}.source`]: `${server}/${repository}`,
      ...(revision === undefined ? {} : { [`${label}.revision`]: revision }),
    },
  };
};

// In GitHub Actions: `node deploy/release/image-metadata.mjs TARGET` prints arguments of `docker build`, one a line.
if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { GITHUB_REF, GITHUB_REPOSITORY, GITHUB_SERVER_URL, GITHUB_SHA } = process.env;
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const { tags, labels } = imageMetadata({
    target: process.argv[2],
    version,
    repository: GITHUB_REPOSITORY,
    server: GITHUB_SERVER_URL,
    revision: GITHUB_SHA,
    released: GITHUB_REF === `refs/tags/v${version}`,
  });
  const pairs = Object.entries(labels).map(([name, value]) => `--label=${name}=${value}`);
  console.log([...tags.map((tag) => `--tag=${tag}`), ...pairs].join('\n'));
}
