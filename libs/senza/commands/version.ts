import { z } from 'zod';
import { readWith } from '../output.js';
import { type SenzaCommand, type SenzaRequest } from '../senza-command.js';

const versionSchema = z.string().regex(/^Senza \S+$/);

/** `senza --version`, which prints `Senza 2.1.143`: the version. */
export const senzaVersion: SenzaCommand<SenzaRequest, string> = {
  name: 'version',
  arguments: () => ['--version'],
  read: (output) => readWith(output, () => versionSchema.parse(output.stdout.trim()).slice('Senza '.length)),
};
