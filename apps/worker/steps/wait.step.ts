import { type StackSummary } from '#aws';
import { JobFailedError, type WaitResult } from '#jobs';
import { z } from 'zod';
import { type StepContext } from '../engine/step-context.js';
import { type Observation, type Step } from '../engine/step.js';
import { failureReason } from './failure-reason.js';
import { reportStackEvents } from './report-stack-events.js';
import { forgetStackEvents, incompleteResourcesOf, stackProgressOf } from './stack-events-state.js';
import { phaseOf, type StackOperation } from './stack-phase.js';

interface Payload {
  readonly timeout_seconds: number;
}

/** How often in a row CloudFormation must say that the stack does not exist before it is believed. */
const MISSING_LIMIT = 2;
/** How many resources are named that were not complete at the timeout. */
const SHOWN_RESOURCES = 10;

/** What the step that started the operation has stored. */
const startedOperation = z.object({
  stack_id: z.string(),
  status: z.string(),
  /** False: CloudFormation had nothing to change. */
  changed: z.boolean().default(true),
  /** True: the job has not created the stack, but continues with it. */
  is_existing: z.boolean().default(false),
});
const seenMissing = z.object({ missing: z.number().default(0) });

/** Waits until the stack is complete, by the listing that all waiting jobs of the region share. */
export function waitFor(operation: StackOperation): Step<Payload> {
  return {
    name: 'wait',

    async observe(context) {
      const { services, stack, record } = context;
      const started = startedOperation.parse(context.recall(operation));
      const { stack_id: stackId, status, changed } = started;
      if (!changed) return { state: 'done', message: `the stack ${stack.id} is ${status}`, result: { status } };
      if (record.data['looked'] !== true && status.endsWith('_IN_PROGRESS')) {
        // It was observed a moment ago: the next observation is the next tick's, shared with all others.
        context.remember({ looked: true });
        return inProgress(context, status);
      }
      const listing = await services.listing.get(
        stack.region,
        { maxAgeMs: services.pollMs / 2, minStartedAt: context.startedAt, ignoreInvalidation: true },
        context.signal,
      );
      const listed = listing.stacks.find(({ id }) => id === stackId);
      // The listing lags: it can still show the end of the operation before an update.
      const isListed =
        listed !== undefined && (operation === 'create' || phaseOf(listed.status, operation) === 'in_progress');
      const found = isListed ? listed : await services.aws.stackByName(stack.region, stackId, context.signal);
      if (found === null) return missing(context);
      context.remember({ missing: 0 });
      // What happened to a stack that was complete before is the log of another job.
      const hasEvents = !started.is_existing || status.endsWith('_IN_PROGRESS');
      return await evaluate(context, found, { operation, hasEvents });
    },
  };
}

async function evaluate(
  context: StepContext<Payload>,
  found: StackSummary,
  { operation, hasEvents }: { readonly operation: StackOperation; readonly hasEvents: boolean },
): Promise<Observation> {
  const { stack } = context;
  const phase = phaseOf(found.status, operation);
  const isTimedOut = phase === 'in_progress' && (await hasTimedOut(context));
  if (hasEvents) await reportStackEvents(context, found, operation, { isLast: isTimedOut });
  if (phase !== 'in_progress') forgetStackEvents(context);
  switch (phase) {
    case 'ready':
      return {
        state: 'done',
        message: `the stack ${stack.id} is ${found.status}`,
        result: { status: found.status } satisfies WaitResult,
      };
    case 'in_progress':
      if (isTimedOut) throw timedOut(context, found.status);
      return inProgress(context, found.status);
    case 'failed':
      throw await failureOf(context, found);
    case 'deleted':
      if (found.status === 'DELETE_FAILED') throw await deletionFailed(context, found);
      throw new JobFailedError(
        'stack_failed',
        `The stack ${stack.id} is ${found.status}: it was deleted outside this job.`,
        {
          stack: stack.id,
          stack_status: found.status,
        },
      );
  }
}

function inProgress(context: StepContext<Payload>, state: string): Observation {
  const { stack, payload, startedAt } = context;
  const deadlineAt = startedAt + payload.timeout_seconds * 1000;
  const progress = stackProgressOf(context);
  return { state: 'in_progress', wait: { reason: 'cloudformation', stack: stack.id, state, progress }, deadlineAt };
}

function missing(context: StepContext<Payload>): Observation {
  const times = seenMissing.parse(context.record.data).missing + 1;
  const { stack } = context;
  if (times >= MISSING_LIMIT) {
    throw new JobFailedError('stack_not_found', `The stack ${stack.id} no longer exists.`, { stack: stack.id });
  }
  context.remember({ missing: times });
  return inProgress(context, 'not listed');
}

async function hasTimedOut({ services, startedAt, payload }: StepContext<Payload>): Promise<boolean> {
  return (await services.now()) - startedAt >= payload.timeout_seconds * 1000;
}

function timedOut(context: StepContext<Payload>, status: string): JobFailedError {
  const { stack, payload } = context;
  const { timeout_seconds: seconds } = payload;
  const incomplete = incompleteResourcesOf(context).slice(0, SHOWN_RESOURCES);
  const resources = incomplete.length === 0 ? '' : `; not complete: ${incomplete.join(', ')}`;
  return new JobFailedError(
    'timed_out',
    `The stack ${stack.id} was still ${status} after ${seconds} seconds${resources}. It was not changed.`,
    { stack: stack.id, stack_status: status, timeout_seconds: seconds, incomplete_resources: incomplete },
  );
}

/** The stack still exists: something keeps it. */
async function deletionFailed(context: StepContext<Payload>, found: StackSummary): Promise<JobFailedError> {
  const { stack } = context;
  const { why, ...cause } = await failureReason(context, found, 'delete');
  return new JobFailedError(
    'stack_failed',
    `The stack ${stack.id} is ${found.status}: its deletion was started outside this job, and failed: ${why}`,
    { stack: stack.id, stack_status: found.status, ...cause },
  );
}

async function failureOf(context: StepContext<Payload>, found: StackSummary): Promise<JobFailedError> {
  const { stack } = context;
  const { why, ...cause } = await failureReason(context, found, 'change');
  return new JobFailedError('stack_failed', `The stack ${stack.id} is ${found.status}: ${why}`, {
    stack: stack.id,
    stack_status: found.status,
    ...cause,
  });
}
