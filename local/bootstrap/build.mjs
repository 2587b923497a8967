import { writeFileSync } from 'node:fs';
import { run } from './command.mjs';
import { UserError } from './user-error.mjs';
import { fingerprint, readStamp } from './fingerprint.mjs';
import { inRoot } from './root.mjs';

const SOURCES = [
  'apps',
  'libs',
  'local',
  'bench',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
];
const STAMP = 'dist/sources.sha256';

const isSource = (path) => (path.endsWith('.ts') && !path.endsWith('.spec.ts')) || path.endsWith('.json');

/** Builds dist/, unless it was built from these very sources. */
export const build = async () => {
  const wanted = fingerprint(SOURCES, isSource);
  if (readStamp(STAMP) === wanted) return;
  console.error('Building ...');
  const { code, output } = await run('npm', ['run', '--silent', 'build']);
  if (code !== 0) throw new UserError('The build failed.', output);
  writeFileSync(inRoot(STAMP), wanted);
};
