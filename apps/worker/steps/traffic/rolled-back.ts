import { type StackSummary } from '#aws';
import { JobFailedError } from '#jobs';
import { type StepContext } from '../../engine/step-context.js';
import { rollbackFailure } from '../failure-reason.js';
import { secretsMask } from '../secrets-mask.js';
import { formatWeights, type WeightsByDomain } from '../weights.js';
import { trafficState } from './verify.js';

/**
 * Finds the update of the switch that CloudFormation accepted and then rolled back, because a stack policy denies it for
 * example, and keeps its reason: asked for again, it would fail again. Null when there is none.
 */
export async function findRolledBackUpdate(
  context: StepContext<unknown>,
  stacks: readonly StackSummary[],
): Promise<string | null> {
  const { services, stack, signal } = context;
  for (const { id, name, status } of stacks) {
    if (!status.startsWith('UPDATE_ROLLBACK')) continue;
    const cause = await services.aws.firstFailure(stack.region, id, 'change', signal);
    if (cause === null) continue;
    const mask = await secretsMask(context);
    const rollback = await rollbackFailure(context, { id, status });
    const outcome = rollback === '' ? 'was rolled back' : 'failed';
    const reason = `The update of the stack ${name} ${outcome}: ${cause.resource}: ${mask(cause.reason + rollback)}`;
    context.remember({ rolled_back: reason, domains_announced: null });
    context.log(reason);
    return reason;
  }
  return null;
}

/** @throws JobFailedError `stack_failed` when an update was rolled back, once the rest of the switch has been undone */
export function failWhenRolledBack(context: StepContext<unknown>, domains: WeightsByDomain): void {
  const { rolled_back: reason } = trafficState.parse(context.record.data);
  if (reason === null) return;
  throw new JobFailedError('stack_failed', `${reason}. The weights are ${formatWeights(domains)}.`, { domains });
}
