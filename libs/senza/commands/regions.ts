import { z } from 'zod';
import { type ReadableOutput, readWith } from '../output.js';
import { type SenzaCommand, type SenzaRequest } from '../senza-command.js';

/**
 * The regions that Senza can deploy to. The command passes a region that does not exist, so Senza fails before it does anything, and its
 * error lists the valid ones (`validate_region` in its arguments.py).
 */
export const senzaRegions: SenzaCommand<SenzaRequest, ReadonlySet<string>> = {
  name: 'regions',
  arguments: () => ['list', '--region=no-region-0'],
  read: readRegions,
  readFailure: ({ code, command, outputTail }) =>
    code === 'usage' ? readRegions({ command, stdout: outputTail, output: outputTail }) : undefined,
};

function readRegions(output: ReadableOutput): ReadonlySet<string> {
  // A line each: `  - eu-west-1`.
  const named = [...output.stdout.matchAll(/^ +- ([a-z0-9-]+)$/gm)].map(([, region]) => region);
  return readWith(output, () => new Set(z.array(z.string()).min(1).parse(named)));
}
