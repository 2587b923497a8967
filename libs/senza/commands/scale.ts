import {
  type CommandOutput,
  commonOptions,
  readOutput,
  type SenzaCommand,
  stackVersionArguments,
  type StackVersionReference,
} from './command.js';
import { numberUpTo100 } from './literal.js';

/** What `senza scale` is asked. */
export interface ScaleRequest extends StackVersionReference {
  readonly desiredCapacity: number;
}

/** `senza scale`: sets the desired number of instances. `--force` keeps it from asking. */
export const senzaScale: SenzaCommand<ScaleRequest, CommandOutput> = {
  name: 'scale',
  arguments: (request) => [
    'scale',
    ...commonOptions(request),
    '--force',
    '--',
    ...stackVersionArguments(request),
    numberUpTo100('desiredCapacity', request.desiredCapacity),
  ],
  read: readOutput,
};
