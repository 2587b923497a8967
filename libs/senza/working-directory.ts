import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files by name. */
export type Files = Readonly<Record<string, string>>;

const OWNER_ONLY = 0o600;

/**
 * Makes a directory that only this user can enter, with files that only this user can read, inside of the one of this
 * worker (`Watchdog.makeDirectory`), which is made again when somebody has removed it.
 */
export async function makeWorkingDirectory(parent: string, files: Files): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  // mkdtemp's directories have mode 0700.
  const directory = await mkdtemp(join(parent, 'run-'));
  await Promise.all(
    Object.entries(files).map(([name, text]) =>
      writeFile(join(directory, name), text, { mode: OWNER_ONLY, flag: 'wx' }),
    ),
  );
  return directory;
}

/** Removes the directory with all that a command left in it. */
export async function removeWorkingDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
