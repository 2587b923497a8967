import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const manifest = z.object({ version: z.string() });

/** The version of Lizzy, from the package.json above both the sources and the build output. */
export const lizzyVersion = readVersion(import.meta.dirname);

function readVersion(directory: string): string {
  const path = join(directory, 'package.json');
  if (existsSync(path)) return manifest.parse(JSON.parse(readFileSync(path, 'utf8'))).version;
  const parent = dirname(directory);
  if (parent === directory) throw new Error('no package.json found above the program');
  return readVersion(parent);
}
