import { AwsError, type FailedOperation, isStuck, type StackFailure, type StackSummary } from '#aws';
import { type StackFailureCause } from '#jobs';
import { type StepContext } from '../engine/step-context.js';
import { failureCause } from './failure-cause.js';
import { secretsMask } from './secrets-mask.js';

/** Why CloudFormation failed to change a stack. */
interface FailureReason {
  /** As the end of a sentence about the stack: the resource and the reason. */
  readonly why: string;
  readonly resource: string | null;
  readonly resource_type: string | null;
  /** CloudFormation's reason without secrets; null when it gave none. */
  readonly reason: string | null;
  readonly cause: StackFailureCause | null;
}

/**
 * Reads why a stack's last change or deletion failed. That it failed is known also when the workers may not read its events.
 * @throws AwsError when AWS cannot be read now
 */
export async function failureReason<P>(
  context: StepContext<P>,
  found: Pick<StackSummary, 'id' | 'status' | 'statusReason'>,
  operation: FailedOperation,
): Promise<FailureReason> {
  const { services, stack, signal } = context;
  const read = await services.aws.firstFailure(stack.region, found.id, operation, signal).catch(refusal);
  const cause: StackFailure | null = read instanceof AwsError ? null : read;
  const mask = await secretsMask(context);
  const given = cause?.reason ?? found.statusReason;
  const reason = given === null ? null : mask(given);
  const shown = reason ?? 'no reason given';
  const unread = read instanceof AwsError ? ` (its events cannot be read: ${read.message})` : '';
  const rollback = operation === 'change' ? mask(await rollbackFailure(context, found)) : '';
  return {
    why: `${cause === null ? '' : `${cause.resource}: `}${shown}${unread}${rollback}`,
    resource: cause?.resource ?? null,
    resource_type: cause?.type ?? null,
    reason,
    cause: given === null ? null : failureCause(given),
  };
}

/**
 * Why the rollback after the failure failed, too: it is what keeps the stack from being updated or deleted. Empty when it has not failed.
 * It may contain secrets.
 */
export async function rollbackFailure<P>(
  { services, stack, signal }: StepContext<P>,
  { id, status }: Pick<StackSummary, 'id' | 'status'>,
): Promise<string> {
  if (!isStuck(status)) return '';
  const read = await services.aws.failedResources(stack.region, id, signal).catch(refusal);
  if (read instanceof AwsError || read.length === 0) return '; the rollback failed, too';
  const causes = read.map(({ resource, reason }) => (reason === '' ? resource : `${resource}: ${reason}`));
  return `; the rollback failed, too: ${causes.join(', ')}`;
}

function refusal(error: unknown): AwsError {
  if (error instanceof AwsError && error.code === 'refused') return error;
  throw error;
}
