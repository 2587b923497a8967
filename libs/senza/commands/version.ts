import { versionSchema } from '#formats';
import { z } from 'zod';
import { readWith } from '../output.js';
import { type SenzaCommand, type SenzaRequest } from '../senza-command.js';

const NAME = 'Senza ';
const printed = z
  .string()
  .startsWith(NAME)
  .transform((text) => text.slice(NAME.length))
  .pipe(versionSchema);

/** As much as a request can have. */
const SPACE = ' '.repeat(1024 * 1024);

/** `senza --version`, which prints `Senza 2.1.143`: the version. */
export const senzaVersion: SenzaCommand<SenzaRequest, string> = {
  name: 'version',
  arguments: () => ['--version'],
  // A worker whose disk is full can answer, but run no command that has a definition.
  files: () => ({ 'space.txt': SPACE }),
  read: (output) => readWith(output, () => printed.parse(output.stdout.trim())),
};
