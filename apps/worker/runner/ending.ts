import { ClaimLost, type JobClaim, type JobFailure } from '#jobs';
import { type Journal } from './journal.js';
import { type JsonObject } from './json-object.js';
import { type StepContext } from './step-context.js';

/** How long the last look of a cancelled job may take, and the deletion that may belong to it, in milliseconds. */
const LAST_LOOK_LIMIT_MS = 4_000;
const LAST_DELETION_LIMIT_MS = 60_000;

/** Ends a job as failed: the step at hand has failed, those after it are skipped. Answers with the jobs it wakes. */
export async function endFailed(journal: Journal, failure: JobFailure): Promise<readonly string[]> {
  await endSteps(journal, 'failed', failure.detail);
  const woken = await journal.finish({
    status: 'failed',
    error: failure.toRecord(),
    result: journal.progress.result,
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
  context: StepContext<P> | null,
): Promise<readonly string[]> {
  const done = journal.progress.steps.filter(({ status }) => status === 'succeeded').map(({ name }) => name);
  await endSteps(journal, 'cancelled', `cancelled by ${claim.cancel?.requested_by ?? 'somebody'}`);
  let stands: JsonObject = { stack: null };
  if (context !== null) {
    if (claim.cancel?.delete_stack === true) await removeOwnStack(claim, context);
    stands = await look(context);
  }
  const result = { ...journal.progress.result, cancelled: { steps_done: done, stands } };
  const woken = await journal.finish({ status: 'cancelled', error: null, result });
  return woken === 'cancel_requested' ? [] : woken;
}

async function endSteps(journal: Journal, end: 'failed' | 'cancelled', message: string): Promise<void> {
  for (const step of journal.progress.steps) {
    if (step.status === 'running') await journal.stepEnded(step, end, message);
    if (step.status === 'pending') step.status = 'skipped';
  }
}

async function look<P>({ around, stack }: StepContext<P>): Promise<JsonObject> {
  try {
    const found = await around.aws.stackByName(stack.region, stack.id, AbortSignal.timeout(LAST_LOOK_LIMIT_MS));
    return { stack: found === null ? null : { name: found.name, status: found.status } };
  } catch (error) {
    return { stack: `AWS could not be asked: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function removeOwnStack<P>(claim: JobClaim, context: StepContext<P>): Promise<void> {
  const { around, stack } = context;
  try {
    const found = await around.aws.stackByName(stack.region, stack.id, AbortSignal.timeout(LAST_LOOK_LIMIT_MS));
    if (found === null || !context.owns(found) || found.status === 'DELETE_IN_PROGRESS') return;
    context.log(`removing the stack ${stack.id}, as wished`);
    await context.changing(() =>
      around.senza.delete(
        { region: stack.region, stackName: stack.name, stackVersion: stack.version, force: true },
        { signal: AbortSignal.timeout(LAST_DELETION_LIMIT_MS), lease: claim.lease },
      ),
    );
  } catch (error) {
    if (error instanceof ClaimLost) throw error;
    // Senza or AWS: the job is cancelled all the same, and says what stands.
    context.log(`the stack could not be removed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
