import {
  type CommandOutput,
  commonOptions,
  readOutput,
  type SenzaCommand,
  stackVersionArguments,
  type StackVersionReference,
} from './command.js';
import { literal } from './literal.js';

/** What `senza patch` is asked. */
export interface PatchRequest extends StackVersionReference {
  /** An AMI's id, or `latest`, `staging`, `dev`. */
  readonly image: string;
}

/** `senza patch --image`: changes the image of new instances. */
export const senzaPatch: SenzaCommand<PatchRequest, CommandOutput> = {
  name: 'patch',
  arguments: (request) => [
    'patch',
    ...commonOptions(request),
    `--image=${literal('image', request.image)}`,
    '--',
    ...stackVersionArguments(request),
  ],
  read: readOutput,
};
