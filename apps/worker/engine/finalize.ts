import { ClaimLost, type JobClaim, type JobFailure } from '#jobs';
import { SenzaError } from '#senza';
import { type Journal } from './journal.js';
import { type StepContext } from './step-context.js';
import { type JsonObject } from './step-context.js';
import { type Step } from './step.js';

/** How long the last look of a cancelled or failed job may take, and the deletion that may belong to it, in milliseconds. */
const LAST_LOOK_LIMIT_MS = 4_000;
const LAST_DELETION_LIMIT_MS = 60_000;

/** What a step's acts have left behind; null when it has made none, or cannot tell. Takes seconds at most, and never fails. */
export async function leftBehind<P>(step: Step<P>, context: StepContext<P>): Promise<JsonObject | null> {
  if (step.stands === undefined || context.record.journal.length === 0) return null;
  return await look(step, context.afterTheEnd(LAST_LOOK_LIMIT_MS));
}

/**
 * Ends a job as failed: the step at hand has failed, those after it are skipped. Answers with the jobs it wakes.
 * @param stands what the failed step has left behind
 */
export async function endFailed(
  journal: Journal,
  failure: JobFailure,
  stands: JsonObject | null,
): Promise<readonly string[]> {
  await journal.stepsEnd('failed', failure.detail);
  const woken = await journal.finish({
    status: 'failed',
    error: failure.toRecord(),
    result: stands === null ? journal.progress.result : { ...journal.progress.result, failed: { stands } },
  });
  return woken === 'cancel_requested' ? [] : woken;
}

/**
 * Ends a job as somebody wished: says what had been done and what stands in AWS, and removes the stack that the job
 * itself has made when that was wished too. Answers with the jobs it wakes.
 */
export async function endCancelled<P>(
  claim: JobClaim,
  journal: Journal,
  last: { step: Step<P> | undefined; context: StepContext<P>; removesStack: boolean },
): Promise<readonly string[]> {
  const done = journal.progress.steps.filter(({ status }) => status === 'succeeded').map(({ name }) => name);
  if (last.removesStack) await removeOwnStack(last.context.afterTheEnd(LAST_DELETION_LIMIT_MS));
  const stands = await look(last.step, last.context.afterTheEnd(LAST_LOOK_LIMIT_MS));
  const result = { ...journal.progress.result, cancelled: { steps_done: done, stands } };
  await journal.stepsEnd('cancelled', `cancelled by ${claim.cancel?.requested_by ?? 'somebody'}`);
  const woken = await journal.finish({ status: 'cancelled', error: null, result });
  return woken === 'cancel_requested' ? [] : woken;
}

async function look<P>(step: Step<P> | undefined, context: StepContext<P>): Promise<JsonObject> {
  const { around, stack, signal } = context;
  try {
    const found = await around.aws.stackByName(stack.region, stack.id, signal);
    const more = await step?.stands?.(context);
    return { stack: found === null ? null : { name: found.name, status: found.status }, ...more };
  } catch (error) {
    return { unknown: `AWS could not be asked: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function removeOwnStack<P>(context: StepContext<P>): Promise<void> {
  const { around, stack, signal } = context;
  try {
    const found = await around.aws.stackByName(stack.region, stack.id, signal);
    if (found === null || !context.owns(found) || found.status === 'DELETE_IN_PROGRESS') return;
    context.log(`removing the stack ${stack.id}, as wished`);
    await context.changing(() =>
      around.senza.delete(
        { region: stack.region, stackName: stack.name, stackVersion: stack.version, force: true },
        context.command(),
      ),
    );
  } catch (error) {
    if (error instanceof ClaimLost) throw error;
    // Not refused by anybody: whoever has the claim next makes it.
    if (error instanceof SenzaError && error.code === 'lease_lost') throw new ClaimLost(context.job.id);
    // Senza or AWS: the job is cancelled all the same, and says what stands.
    context.log(`the stack could not be removed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
