import { type Stack, type StackStatus } from '#aws';
import { JobFailedError } from '#jobs';
import { senzaDelete } from '#senza/commands/delete.js';
import { retryWhenUnlisted } from './unlisted-stack.js';
import { type Step } from '../engine/step.js';
import { type StepContext } from '../engine/step-context.js';
import { type DefinitionPayload } from './create.step.js';
import { createdByJob, stackExists } from './existing-stack.js';
import { failureReason } from './failure-reason.js';
import { reportStackEvents } from './report-stack-events.js';
import { forgetStackEvents } from './stack-events-state.js';
import { assertDeletable } from './termination-protection.js';
import { z } from 'zod';

const FAILED: readonly StackStatus[] = ['CREATE_FAILED', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'];
/** Transitional statuses; only after them is it known whether the stack has to be deleted. */
const DELETING: readonly StackStatus[] = ['DELETE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'];

/** What the step needs to know of the job: with `retry_failed`, a failed stack of any earlier job is deleted. */
type Payload = Pick<DefinitionPayload, 'senza_yaml' | 'if_exists'>;

const removalState = z.object({
  /** The ARN of the stack that is deleted: CloudFormation reports the events of deleted stacks by ARN only. */
  removed: z.string().nullable().default(null),
  /** Whether CloudFormation was seen deleting it for this job: `DELETE_FAILED` is no longer the status from before. */
  is_deleting: z.boolean().default(false),
});

/**
 * The first step of a retry: a failed stack that the job before has created is deleted, and its deletion is waited for. A
 * stack that is complete is used as it is. A stack of another origin is a failure.
 */
export const removeFailed: Step<Payload> = {
  name: 'remove_failed',
  locksStackName: true,
  releasesLockWhileWaiting: true,

  async observe(context) {
    const { services, stack, signal, record } = context;
    const { removed, is_deleting: isDeleting } = removalState.parse(record.data);
    const found = await services.aws.stackByName(stack.region, stack.id, signal);
    if (found === null) {
      if (removed !== null) await reportStackEvents(context, { id: removed, status: 'DELETE_COMPLETE' }, 'update');
      forgetStackEvents(context);
      const what = record.journal.length > 0 ? `the failed stack ${stack.id} is deleted` : 'no stack exists';
      return { state: 'done', message: `${what}; starting from the beginning` };
    }
    const isOwn = context.owns(found);
    if (!isOwn && !isRetried(context, found)) throw stackExists(found, context.payload.if_exists);
    context.remember({ removed: found.id });
    if (DELETING.includes(found.status)) {
      if (context.hasApplied && found.status === 'DELETE_IN_PROGRESS') context.remember({ is_deleting: true });
      await reportStackEvents(context, found, 'update');
      return { state: 'in_progress', wait: { reason: 'cloudformation', stack: stack.id, state: found.status } };
    }
    if (isDeleting && found.status === 'DELETE_FAILED') throw await deletionFailed(context, found);
    if (FAILED.includes(found.status)) {
      assertDeletable(found, stack.region);
      return { state: 'not_started' };
    }
    if (!isOwn) throw stackExists(found, context.payload.if_exists);
    return { state: 'done', message: `the stack ${stack.id} is ${found.status}: continuing with it` };
  },

  async apply(context) {
    const { services, stack } = context;
    await retryWhenUnlisted(
      context,
      context.whileChanging(() =>
        services.senza.run(
          senzaDelete,
          { region: stack.region, stackName: stack.name, stackVersion: stack.version, force: true },
          context.command(),
        ),
      ),
    );
  },
};

async function deletionFailed(context: StepContext<Payload>, found: Stack): Promise<JobFailedError> {
  const { stack } = context;
  await reportStackEvents(context, found, 'update');
  forgetStackEvents(context);
  const { why, ...cause } = await failureReason(context, found, 'delete');
  return new JobFailedError('stack_failed', `The failed stack ${stack.id} could not be deleted: ${why}`, {
    stack: stack.id,
    stack_status: found.status,
    ...cause,
  });
}

function isRetried({ payload }: StepContext<Payload>, found: Stack): boolean {
  return payload.if_exists === 'retry_failed' && createdByJob(found) !== null;
}
