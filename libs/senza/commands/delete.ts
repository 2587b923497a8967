import {
  type CommandOutput,
  commonOptions,
  readOutput,
  type SenzaCommand,
  stackVersionArguments,
  type StackVersionReference,
} from './command.js';

/** What `senza delete` is asked. */
export interface DeleteRequest extends StackVersionReference {
  readonly dryRun?: boolean;
  /** Delete it although it receives traffic. */
  readonly force?: boolean;
}

/** `senza delete` of one stack version; returns when CloudFormation has accepted it. */
export const senzaDelete: SenzaCommand<DeleteRequest, CommandOutput> = {
  name: 'delete',
  arguments: (request) => [
    'delete',
    ...commonOptions(request),
    ...(request.dryRun === true ? ['--dry-run'] : []),
    ...(request.force === true ? ['--force'] : []),
    '--',
    ...stackVersionArguments(request),
  ],
  read: readOutput,
};
