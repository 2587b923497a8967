import { type StackVersionReference, versionCommand } from '../senza-command.js';

/** The request of `senza delete`. */
export interface DeleteRequest extends StackVersionReference {
  readonly dryRun?: boolean;
  /** Delete it although it receives traffic. */
  readonly force?: boolean;
}

/** `senza delete` of one stack version; returns when CloudFormation has accepted it. */
export const senzaDelete = versionCommand<DeleteRequest>('delete', ({ dryRun, force }) => ({
  options: [...(dryRun === true ? ['--dry-run'] : []), ...(force === true ? ['--force'] : [])],
}));
