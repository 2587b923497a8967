import { type StackStatus, type StackSummary } from '#aws';
import { stackCommand } from './stack-command.js';

/** The change of a stack that a job waits for. */
export type StackOperation = 'create' | 'update';

/** What a stack's status means for a job that waits for an operation on it. */
export type StackPhase = 'ready' | 'in_progress' | 'failed' | 'deleted';

/**
 * Reads a status. After a creation, a stack that is or was updated is ready: another job may have switched its traffic
 * meanwhile. After an update, only a completed update is.
 */
export function phaseOf(status: StackStatus, operation: StackOperation): StackPhase {
  switch (status) {
    case 'CREATE_COMPLETE':
    case 'UPDATE_COMPLETE':
    case 'IMPORT_IN_PROGRESS':
    case 'IMPORT_COMPLETE':
    case 'IMPORT_ROLLBACK_IN_PROGRESS':
    case 'IMPORT_ROLLBACK_FAILED':
    case 'IMPORT_ROLLBACK_COMPLETE':
      return 'ready';
    case 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS':
    case 'UPDATE_IN_PROGRESS':
    case 'UPDATE_ROLLBACK_IN_PROGRESS':
    case 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS':
      return operation === 'update' ? 'in_progress' : 'ready';
    case 'UPDATE_FAILED':
    case 'UPDATE_ROLLBACK_FAILED':
    case 'UPDATE_ROLLBACK_COMPLETE':
      return operation === 'update' ? 'failed' : 'ready';
    case 'CREATE_IN_PROGRESS':
    case 'REVIEW_IN_PROGRESS':
    case 'ROLLBACK_IN_PROGRESS':
    case 'UNKNOWN':
      return 'in_progress';
    case 'CREATE_FAILED':
    case 'ROLLBACK_COMPLETE':
    case 'ROLLBACK_FAILED':
      return 'failed';
    case 'DELETE_IN_PROGRESS':
    case 'DELETE_COMPLETE':
    case 'DELETE_FAILED':
      return 'deleted';
  }
}

/** Whether an update of the stack is in progress: another one would be refused, and its weights are not final. */
export function isBeingUpdated(status: StackStatus): boolean {
  return /^(UPDATE|IMPORT)_(.*_)?IN_PROGRESS$/.test(status);
}

/** The states in which CloudFormation accepts an update (CloudFormation User Guide, "Stack status codes"). */
const UPDATABLE: readonly StackStatus[] = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
];

/** Whether CloudFormation accepts an update of the stack now. */
export function isUpdatable(status: StackStatus): boolean {
  return UPDATABLE.includes(status);
}

/** What to do about a stack that cannot be updated, as a sentence. */
export function adviceOnStuck({ name, status }: Pick<StackSummary, 'name' | 'status'>, region: string): string {
  switch (status) {
    case 'UPDATE_ROLLBACK_FAILED':
      return `Continue its rollback (${stackCommand('continue-update-rollback', name, region)}), then try again.`;
    case 'UPDATE_FAILED':
    case 'IMPORT_ROLLBACK_FAILED':
      return `Roll its last change back (${stackCommand('rollback-stack', name, region)}), then try again.`;
    case 'REVIEW_IN_PROGRESS':
      return 'Execute its change set, or delete the stack, then try again.';
    default:
      return `GET /api/stacks/${name}?region=${region} says what failed. Delete it, or its record, then try again.`;
  }
}
