import { type Stack } from '#aws';
import { type DeleteResult, JobFailedError } from '#jobs';
import { senzaDelete } from '#senza/commands/delete.js';
import { retryWhenUnlisted } from './unlisted-stack.js';
import { z } from 'zod';
import { type Step } from '../engine/step.js';
import { type StepContext } from '../engine/step-context.js';
import { failureReason } from './failure-reason.js';
import { keptOutput, OUTPUT_KEPT } from './create.step.js';
import { stackNotFound } from './find-stack.step.js';
import { assertDeletable } from './termination-protection.js';

interface Payload {
  readonly force: boolean;
  readonly dry_run: boolean;
}

/** The stack that the job has started to delete. A later stack of the same name is not touched. */
const deletionState = z.object({
  stack_id: z.string().nullable().default(null),
  /** Its status before the deletion: a stack that was DELETE_FAILED already can be observed so before its next deletion starts. */
  status_before: z.string().nullable().default(null),
});

/** `senza delete`, done when CloudFormation has accepted it. A stack with traffic stays unless `force` says otherwise. */
export const deletion: Step<Payload> = {
  name: 'delete',
  locksStackName: true,

  async observe(context) {
    const { payload, services, stack, signal, record, job } = context;
    const output = keptOutput(context);
    if (payload.dry_run && context.hasApplied) {
      return { state: 'done', message: 'dry run: nothing was deleted', result: { output } };
    }
    const found = await services.aws.stackByName(stack.region, stack.id, signal);
    const { stack_id: deletedId, status_before: before } = deletionState.parse(record.data);
    if (found === null || (deletedId !== null && found.id !== deletedId)) {
      // A retry continues from the current state: the job before it may have deleted the stack.
      if (record.journal.length === 0 && job.retry_of === null) throw stackNotFound(stack.id);
      const since = found === null ? '' : '; another one has its name since, and stays';
      return {
        state: 'done',
        message: `the stack ${stack.id} no longer exists${since}`,
        result: { status: null, output } satisfies DeleteResult,
      };
    }
    if (found.status === 'DELETE_IN_PROGRESS') {
      const { status } = found;
      return {
        state: 'done',
        message: 'CloudFormation has accepted the deletion',
        result: { status, output } satisfies DeleteResult,
      };
    }
    const isStarted = output !== null || (before !== null && before !== 'DELETE_FAILED');
    if (found.status === 'DELETE_FAILED' && isStarted) throw await deletionFailed(context, found);
    assertDeletable(found, stack.region);
    if (!payload.force) await assertNoTraffic(context);
    context.remember({ stack_id: found.id, status_before: before ?? found.status });
    return { state: 'not_started' };
  },

  async apply(context) {
    const { payload, services, stack } = context;
    const { output } = await retryWhenUnlisted(
      context,
      context.whileChanging(
        () =>
          services.senza.run(
            senzaDelete,
            {
              region: stack.region,
              stackName: stack.name,
              stackVersion: stack.version,
              dryRun: payload.dry_run,
              force: payload.force,
            },
            context.command(),
          ),
        payload,
      ),
    );
    context.remember({ output: output.slice(-OUTPUT_KEPT) });
  },
};

/**
 * `senza delete` checks this, too, but overlooks records: those whose name has capital letters or a wildcard, which Route 53 writes in
 * another way, those with another set identifier than the stack's name, those in a `RecordSetGroup`, and those beyond the first hundred
 * resources.
 */
async function assertNoTraffic(context: StepContext<Payload>): Promise<void> {
  const { services, stack, signal } = context;
  const domains = await services.aws.domainsWithTraffic(stack.region, stack.id, signal);
  if (domains.size === 0) return;
  throw new JobFailedError(
    'stack_has_traffic',
    // The first two lines are Senza's, which clients of Lizzy 2 know.
    `Error: Stack ${stack.id} has traffic!\nUse --force if you really want to delete it\n` +
      `It has a share of ${[...domains].join(', ')}. Nothing was deleted.`,
    { stack: stack.id },
  );
}

/** The deletion has failed before it was observed: CloudFormation says so within seconds of some resources. */
async function deletionFailed(context: StepContext<Payload>, found: Stack): Promise<JobFailedError> {
  const { stack } = context;
  const { why, ...cause } = await failureReason(context, found, 'delete');
  return new JobFailedError('stack_failed', `The stack ${stack.id} could not be deleted: ${why}`, {
    stack: stack.id,
    stack_status: found.status,
    ...cause,
  });
}
