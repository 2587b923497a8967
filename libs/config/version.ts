import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const manifest = z.object({ version: z.string() });

/** The version of this Lizzy, from the package.json that stands above both the sources and what is built of them. */
export const lizzyVersion = readVersion(import.meta.dirname);

function readVersion(directory: string): string {
  const path = join(directory, 'package.json');
  if (existsSync(path)) return manifest.parse(JSON.parse(readFileSync(path, 'utf8'))).version;
  const parent = dirname(directory);
  if (parent === directory) throw new Error('there is no package.json above the program');
  return readVersion(parent);
}
