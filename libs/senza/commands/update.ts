import { type CommandOutput, commonOptions, readOutput, type SenzaCommand } from './command.js';
import { definitionArguments, definitionFiles, type DefinitionRequest, expectStack } from './definition-request.js';

/** What `senza update` is asked. The tags of a stack stay as they are, and Senza ignores its `--disable-rollback` here. */
export type UpdateRequest = DefinitionRequest;

/**
 * `senza update`: returns when CloudFormation has accepted the change; the output says `NO UPDATE` when there is none. All
 * parameters get the values of the request or the defaults of the definition, NoEcho ones too.
 */
export const senzaUpdate: SenzaCommand<UpdateRequest, CommandOutput> = {
  name: 'update',
  arguments: (request) => [
    'update',
    ...commonOptions(request),
    '--force',
    ...(request.dryRun === true ? ['--dry-run'] : []),
    ...definitionArguments(request),
  ],
  files: definitionFiles,
  settings: (request) => expectStack(request),
  read: readOutput,
};
