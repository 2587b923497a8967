import { type CommandOutput, commonOptions, type SenzaCommand } from '../senza-command.js';
import { definitionArguments, definitionFiles, type DefinitionRequest, expectStack } from './definition-request.js';

/** The request of `senza update`. It keeps the stack's tags. */
export interface UpdateRequest extends DefinitionRequest {
  /**
   * The resources, by their logical IDs, that the stack policy protects. The command fails before CloudFormation is called
   * when the update would modify or delete one of them.
   */
  readonly deniedUpdates?: { readonly modify: readonly string[]; readonly delete: readonly string[] };
  /**
   * The digest of the definition. The runtime writes it into the template as metadata `LizzyDefinition`, which CloudFormation
   * changes together with the resources. A tag would be propagated to each resource, and so update or replace it.
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
   */
  readonly definitionDigest?: string;
  /** Senza 2.1.143 accepts it and ignores it (`update_stack_from_template` in its aws.py). */
  readonly disableRollback?: boolean;
}

/** What an update wrote; `changed` is false when CloudFormation has nothing to update. */
export interface UpdateOutput extends CommandOutput {
  readonly changed: boolean;
}

/**
 * `senza update`: returns when CloudFormation has accepted the change. All parameters get the values of the request or the
 * defaults of the definition, NoEcho ones too.
 */
export const senzaUpdate: SenzaCommand<UpdateRequest, UpdateOutput> = {
  name: 'update',
  arguments: (request) => [
    'update',
    ...commonOptions(request),
    '--force',
    ...(request.disableRollback === true ? ['--disable-rollback'] : []),
    ...(request.dryRun === true ? ['--dry-run'] : []),
    ...definitionArguments(request),
  ],
  files: definitionFiles,
  settings: (request) =>
    expectStack(request, { deniedUpdates: request.deniedUpdates, definitionDigest: request.definitionDigest }),
  read: ({ output }) => ({
    output,
    changed: !/^Updating Cloud Formation stack .*NO UPDATE$/m.test(output.trimEnd()),
  }),
};
