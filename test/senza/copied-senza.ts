import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from '../../local/services/index.js';

/** A copy of Senza that a test may change. */
export interface CopiedSenza {
  /** The interpreter that uses it. */
  readonly python: string;
  /** The folder of the package `senza`. */
  readonly senza: string;
  remove(): Promise<void>;
}

/** Makes a virtual environment with a copy of Senza and, without copying them, all other packages of the project's. */
export async function copySenza(): Promise<CopiedSenza> {
  const folder = await mkdtemp(join(tmpdir(), 'lizzy-senza-'));
  const original = inProject('.venv');
  const [version = ''] = await readdir(join(original, 'lib'));
  const packagesOf = (environment: string): string => join(environment, 'lib', version, 'site-packages');
  const [from, to] = [packagesOf(original), packagesOf(folder)];
  const python = join(folder, 'bin', 'python');
  await Promise.all([mkdir(to, { recursive: true }), mkdir(join(folder, 'bin'))]);
  await Promise.all([
    symlink(await realpath(join(original, 'bin', 'python')), python),
    writeFile(join(folder, 'pyvenv.cfg'), await readFile(join(original, 'pyvenv.cfg'))),
    cp(join(from, 'senza'), join(to, 'senza'), { recursive: true }),
    // Found after what is in the folder itself.
    writeFile(join(to, 'others.pth'), `${from}\n`),
  ]);
  return { python, senza: join(to, 'senza'), remove: () => rm(folder, { recursive: true }) };
}
