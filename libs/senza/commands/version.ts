import { z } from 'zod';
import { readWith } from '../output.js';
import { type SenzaCommand, type SenzaRequest } from '../senza-command.js';

/** Every response of the API has the version in a header field. */
const versionSchema = z.string().regex(/^Senza [\x21-\x7e]{1,64}$/);

/** As much as a request can have. */
const SPACE = ' '.repeat(1024 * 1024);

/** `senza --version`, which prints `Senza 2.1.143`: the version. */
export const senzaVersion: SenzaCommand<SenzaRequest, string> = {
  name: 'version',
  arguments: () => ['--version'],
  // A worker whose disk is full can answer, but run no command that has a definition.
  files: () => ({ 'space.txt': SPACE }),
  read: (output) => readWith(output, () => versionSchema.parse(output.stdout.trim()).slice('Senza '.length)),
};
