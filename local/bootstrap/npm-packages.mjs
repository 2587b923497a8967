import { readFileSync } from 'node:fs';
import { run } from './command.mjs';
import { UserError } from './user-error.mjs';
import { inRoot } from './root.mjs';

const packagesIn = (path) => {
  try {
    return JSON.parse(readFileSync(inRoot(path), 'utf8')).packages ?? {};
  } catch {
    return {};
  }
};

/** npm writes node_modules/.package-lock.json last: when it says what package-lock.json says, all is there. */
const areInstalled = () => {
  const wanted = packagesIn('package-lock.json');
  const present = packagesIn('node_modules/.package-lock.json');
  const isThere = ([path, { version, optional, peer }]) =>
    path === '' || (path in present ? present[path].version === version : optional === true || peer === true);
  return (
    Object.keys(present).length > 0 &&
    Object.entries(wanted).every(isThere) &&
    Object.keys(present).every((path) => path in wanted)
  );
};

/** Installs the npm packages of the lock file, unless they are there. */
export const installNpmPackages = async () => {
  if (areInstalled()) return;
  console.error('Installing the npm packages ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { code, output, noNetwork } = await run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
  });
  if (code === 0) return;
  throw new UserError(
    noNetwork
      ? 'The npm packages could not be downloaded: the npm registry cannot be reached (the first start needs the network).'
      : code === 127
        ? 'Lizzy needs npm besides Node; there is no npm in the PATH.'
        : 'The npm packages could not be installed.',
    output,
  );
};
