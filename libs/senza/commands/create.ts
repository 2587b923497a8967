import { type CommandOutput, commonOptions, readOutput, type SenzaCommand } from '../senza-command.js';
import { definitionArguments, definitionFiles, type DefinitionRequest, expectStack } from './definition-request.js';
import { literal } from '../argument-guard.js';

/** The request of `senza create`. */
export interface CreateRequest extends DefinitionRequest {
  /** Tags besides those of the definition, in order. */
  readonly tags: ReadonlyMap<string, string>;
  readonly disableRollback?: boolean;
  /** Whether the definition must have a weighted domain: without one the command fails before CloudFormation is called. */
  readonly hasWeightedDomain?: boolean;
}

/**
 * `senza create`: returns when CloudFormation has accepted the stack. With `--force` as Lizzy 2 had it: checks that Senza
 * can skip are skipped.
 */
export const senzaCreate: SenzaCommand<CreateRequest, CommandOutput> = {
  name: 'create',
  arguments: (request) => [
    'create',
    ...commonOptions(request),
    '--force',
    ...(request.disableRollback === true ? ['--disable-rollback'] : []),
    ...(request.dryRun === true ? ['--dry-run'] : []),
    ...[...request.tags].map(([key, value]) => `--tag=${literal('tagKey', key)}=${value}`),
    ...definitionArguments(request),
  ],
  files: definitionFiles,
  settings: (request) => expectStack(request, request),
  read: readOutput,
};
