import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** More than a first line can have (BINPRM_BUF_SIZE of Linux is 256), and pip's second line for longer paths. */
const HEAD_BYTES = 4096;
const ENV = /^#!\s*\/usr\/bin\/env\s+(\S+)\s*$/;
const DIRECT = /^#!\s*(\/\S+)\s*$/;
/** What pip writes when the path is long or has a space: `#!/bin/sh` and this line. */
const INDIRECT = /^'''exec' "?(\/[^"]+?)"? "\$0" "\$@"$/;

/**
 * The Python interpreter that `senza` on the PATH names in its first line: the one that Senza is installed for.
 * @returns its path; undefined when there is no `senza`, or it is no Python script
 */
export async function findInterpreter(path: string | undefined): Promise<string | undefined> {
  const script = await findExecutable('senza', path);
  if (script === undefined) return undefined;
  const [first = '', second = ''] = (await readHead(script)).split('\n');
  const named = ENV.exec(first)?.[1];
  if (named !== undefined) return await findExecutable(named, path);
  const files = [DIRECT.exec(first)?.[1], INDIRECT.exec(second)?.[1]];
  return files.find((file) => file?.includes('python') === true);
}

async function findExecutable(name: string, path = ''): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter(isAbsolute)) {
    const candidate = join(directory, name);
    const isExecutable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) return candidate;
  }
  return undefined;
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
