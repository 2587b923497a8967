import {
  type CommandOutput,
  commonOptions,
  readOutput,
  type SenzaCommand,
  stackVersionArguments,
  type StackVersionReference,
} from './command.js';

/** `senza respawn-instances`: replaces the instances that do not have the current image, one by one; takes minutes. */
export const senzaRespawnInstances: SenzaCommand<StackVersionReference, CommandOutput> = {
  name: 'respawn-instances',
  arguments: (request) => ['respawn-instances', ...commonOptions(request), '--', ...stackVersionArguments(request)],
  read: readOutput,
};
