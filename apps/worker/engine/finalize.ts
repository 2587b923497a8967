import { setTimeout as sleep } from 'node:timers/promises';
import { ClaimLostError, type JobClaim, type JobFailedError, type JobSupersededError } from '#jobs';
import { isRedisUnavailable } from '#redis';
import { SenzaError, type SenzaErrorCode } from '#senza';
import { senzaDelete } from '#senza/commands/delete.js';
import { type Journal } from './journal.js';
import { type StepContext } from './step-context.js';
import { type JsonObject } from './step-context.js';
import { type Step } from './step.js';

/** Time limits of the last observation of a cancelled or failed job, and of its deletion, in milliseconds. */
const FINAL_OBSERVATION_LIMIT_MS = 10_000;
const FINAL_DELETION_LIMIT_MS = 60_000;
/** Pauses between attempts to delete a stack that AWS does not show completely yet, or does not let delete now, in milliseconds. */
const DELETION_PAUSES_MS = [1_000, 2_000, 4_000];
/** Errors of a deletion that another attempt can avoid. Senza does not find a stack that AWS does not list yet. */
const TEMPORARY: readonly SenzaErrorCode[] = ['stack_not_found', 'throttled', 'unreachable'];

/** The state that a step's changes left in AWS; null when it changed nothing. Takes seconds at most and never fails. */
export async function captureState<P>(step: Step<P>, context: StepContext<P>): Promise<JsonObject | null> {
  if (step.describeState === undefined || context.record.journal.length === 0) return null;
  return await observeFinalState(step, context.withTimeLimit(FINAL_OBSERVATION_LIMIT_MS));
}

/**
 * Fails a job: the running step has failed, those after it are skipped. Returns the jobs that it wakes.
 * @param state the state that the failed step left in AWS
 */
export async function failJob(
  journal: Journal,
  failure: JobFailedError,
  state: JsonObject | null,
): Promise<readonly string[]> {
  await journal.stepsFinished('failed', failure.detail);
  const woken = await journal.finish({
    status: 'failed',
    error: failure.toRecord(),
    result:
      state === null ? journal.progress.result : { ...journal.progress.result, failed: { state_at_failure: state } },
  });
  return woken === 'cancel_requested' ? [] : woken;
}

/** Ends a job as superseded: the current step and those after it are skipped. @returns the jobs that it wakes */
export async function supersedeJob(journal: Journal, { by, detail }: JobSupersededError): Promise<readonly string[]> {
  await journal.stepsFinished('skipped', detail);
  const result = { ...journal.progress.result, superseded_by: by };
  const woken = await journal.finish({ status: 'superseded', error: null, result });
  return woken === 'cancel_requested' ? [] : woken;
}

/**
 * Cancels a job: records which steps were done and the current state in AWS, and deletes the stack that the job itself
 * created when the cancel request asks for it, or records why not. Returns the jobs that it wakes, or
 * `cancel_requested` when a request to delete the stack came meanwhile.
 */
export async function cancelJob<P>(
  claim: JobClaim,
  journal: Journal,
  last: { step: Step<P> | undefined; context: StepContext<P>; removesStack: boolean },
): Promise<readonly string[] | 'cancel_requested'> {
  const done = journal.progress.steps.filter(({ status }) => status === 'succeeded').map(({ name }) => name);
  const kept = last.removesStack ? await removeOwnStack(last.context.withTimeLimit(FINAL_DELETION_LIMIT_MS)) : null;
  const state = await observeFinalState(last.step, last.context.withTimeLimit(FINAL_OBSERVATION_LIMIT_MS));
  const cancelled = { steps_done: done, current_state: state, ...(kept === null ? {} : { not_deleted: kept }) };
  const result = { ...journal.progress.result, cancelled };
  await journal.stepsFinished('cancelled', `cancelled by ${claim.cancel?.requested_by ?? 'unknown'}`);
  return await journal.finish({ status: 'cancelled', error: null, result });
}

async function observeFinalState<P>(step: Step<P> | undefined, context: StepContext<P>): Promise<JsonObject> {
  const { services, stack, signal } = context;
  let known: JsonObject = {};
  try {
    const found = await services.aws.stackByName(stack.region, stack.id, signal);
    known = { stack: found === null ? null : { name: found.name, status: found.status } };
    return { ...known, ...(await step?.describeState?.(context)) };
  } catch (error) {
    // The SDK repeats requests that AWS throttles, also until the time is up.
    const why = signal.aborted
      ? `it has not responded within ${FINAL_OBSERVATION_LIMIT_MS / 1000} seconds, or has throttled the requests`
      : error instanceof Error
        ? error.message
        : String(error);
    return { ...known, unknown: `AWS cannot be read: ${why}` };
  }
}

/** Returns why the stack was not deleted; null when CloudFormation deletes it, or when there is none. */
async function removeOwnStack<P>(context: StepContext<P>): Promise<string | null> {
  for (const pauseMs of DELETION_PAUSES_MS) {
    const { kept, isTemporary } = await tryRemoveOwnStack(context);
    if (!isTemporary) return kept;
    await sleep(pauseMs);
  }
  return (await tryRemoveOwnStack(context)).kept;
}

/** What came of an attempt to delete the stack; `kept`: why it was not deleted, `isTemporary`: whether another attempt can help. */
interface Removal {
  readonly kept: string | null;
  readonly isTemporary: boolean;
}
const DELETED: Removal = { kept: null, isTemporary: false };

async function tryRemoveOwnStack<P>(context: StepContext<P>): Promise<Removal> {
  const { services, stack, signal } = context;
  try {
    const found = await services.aws.stackByName(stack.region, stack.id, signal);
    if (found === null || found.status === 'DELETE_IN_PROGRESS') return DELETED;
    if (!context.owns(found)) {
      if (Object.keys(found.tags).length === 0) return { kept: 'AWS does not show its tags yet', isTemporary: true };
      return { kept: 'this job did not create it', isTemporary: false };
    }
    context.log(`Deleting the stack ${stack.id} as requested`);
    await context.whileChanging(() =>
      services.senza.run(
        senzaDelete,
        { region: stack.region, stackName: stack.name, stackVersion: stack.version, force: true },
        context.command(),
      ),
    );
  } catch (error) {
    // The job stays unfinished, and the deletion is tried again.
    if (error instanceof ClaimLostError || isRedisUnavailable(error)) throw error;
    // The worker that claims the job next deletes the stack.
    if (error instanceof SenzaError && error.code === 'lease_lost') throw new ClaimLostError(context.job.id);
    // An error of Senza or AWS: the job is cancelled all the same, and reports the current state.
    const kept = error instanceof Error ? error.message : String(error);
    context.log(`The stack could not be deleted: ${kept}`);
    return { kept, isTemporary: error instanceof SenzaError && TEMPORARY.includes(error.code) };
  }
  return DELETED;
}
