import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from './root.mjs';

const filesUnder = (path, wanted) =>
  statSync(inRoot(path)).isDirectory()
    ? readdirSync(inRoot(path)).flatMap((name) => filesUnder(join(path, name), wanted))
    : wanted(path)
      ? [path]
      : [];

/** One hash of the content of files (folders are read whole), so that a fresh clone and a touched file are alike. */
export const fingerprint = (paths, wanted = () => true) => {
  const hash = createHash('sha256');
  for (const path of paths.flatMap((each) => filesUnder(each, wanted)).sort()) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(inRoot(path)))
      .update('\0');
  }
  return hash.digest('hex');
};

/** The text of a small file, or '' when there is none. */
export const readStamp = (path) => {
  try {
    return readFileSync(inRoot(path), 'utf8').trim();
  } catch {
    return '';
  }
};
