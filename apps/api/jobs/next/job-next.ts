import { isJobKind, type JobRecord, stepStatesOf, type WaitingFor } from '#jobs';
import { z } from 'zod';
import { afterFailure } from './after-failure.js';
import { callsOf, canHaveChanged, hasRun, type Subject } from './job-next-subject.js';
import { jobPath } from '../job-path.js';

/** What is read of a cancelled job's result; without a stack when AWS could not be read. */
const stateAtEnd = z.object({
  cancelled: z.object({
    current_state: z.object({ stack: z.object({ status: z.string() }).nullish() }),
    not_deleted: z.string().optional(),
  }),
});

/** How many entries the advice has at most. */
const MAX_ENTRIES = 3;

/**
 * What the caller can do after a job failed, was cancelled or was superseded, or has started a deletion: one to three sentences
 * with the calls to make, which fit the kind and the cause. Empty for any other job; for one that waits see `whileWaiting`.
 * @param canRetry whether the API accepts a retry of this job now
 */
export function nextSteps(job: JobRecord, canRetry: boolean): string[] {
  const { submission, progress, retriedBy } = job;
  const { status } = progress;
  if (status === 'queued' || status === 'running') return [];
  if (status === 'succeeded' && !hasStepsAfterSuccess(submission.kind)) return [];
  const { id, kind, stack_name: name, stack_version: version } = submission;
  const subject = {
    job,
    kind: isJobKind(kind) ? kind : null,
    stack: `${name}-${version}`,
    calls: callsOf(job),
    retry: (when?: string) =>
      canRetry ? [`${when === undefined ? 'Retry' : `${when} retry`} the job: POST ${jobPath(id)}/retry.`] : [],
  };
  if (retriedBy !== undefined)
    return [
      `It was retried. See the newer attempt: GET ${jobPath(retriedBy)}.`,
      `Read the log of this one: GET ${jobPath(id)}/log.`,
    ];
  switch (status) {
    case 'succeeded':
      return submission.dry_run ? [] : afterDeletionWasAccepted(subject);
    case 'failed': {
      const advice = progress.error === null ? [] : afterFailure(progress.error, subject);
      return [...advice, `Read the log: GET ${jobPath(id)}/log.`].slice(0, MAX_ENTRIES);
    }
    case 'cancelled':
      return [...afterCancel(subject), ...subject.retry()];
    case 'superseded':
      return afterSuperseded(subject);
  }
}

/** Whether a job of this kind can have next steps after it has succeeded. */
export function hasStepsAfterSuccess(kind: string): boolean {
  return kind === 'delete_stack';
}

/** CloudFormation deletes the stack after the job has ended, as with Lizzy 2. */
function afterDeletionWasAccepted({ stack, calls }: Subject): string[] {
  return [
    `CloudFormation has accepted the deletion, which can still fail. See whether the stack ${stack} still exists: ${calls.seeStack}.`,
    `If it is DELETE_FAILED, \`failed_resources\` of that response says what keeps it. Remove that, and delete it again: ${calls.remove}.`,
  ];
}

/** What the caller can do while a job waits: the calls that show what it waits for, or end that. */
export function whileWaiting(id: string, wait: WaitingFor): string[] {
  const cancel = `or cancel this one: POST ${jobPath(id)}/cancel.`;
  switch (wait.reason) {
    case 'worker':
      return ['The job starts when a worker is free. See the workers: GET /api/workers.'];
    case 'no_worker_for':
      return [
        'See the workers and why they take no jobs: GET /api/workers, and what the agent lacks: GET /api/status.',
      ];
    case 'lock': {
      const other = jobPath(wait.job_id);
      return [`See the other job: GET ${other}.`, `Wait for it, cancel it (POST ${other}/cancel), ${cancel}`];
    }
    case 'cloudformation':
      return [`See what CloudFormation does: GET ${jobPath(id)}/log.`, `Wait for it, ${cancel}`];
    case 'throttled':
      return [
        'The job tries again by itself. See since when AWS cannot be reached, if that is the cause: GET /api/status.',
        `Wait for it, ${cancel}`,
      ];
  }
}

function afterCancel(subject: Subject): string[] {
  const { job, kind, stack, calls } = subject;
  if (!canHaveChanged(job)) return ['Nothing was changed.'];
  if (hasRun(job, 'traffic')) {
    return [
      `CloudFormation completes the updates that the traffic change has started. See the weights: ${calls.seeApplication}.`,
      ...(kind === 'rollback' ? [] : [`Restore the weights from before it: ${calls.undo}.`]),
    ];
  }
  switch (kind) {
    case 'deploy':
    case 'create_stack':
      return afterCancelledCreation(subject);
    case 'update_stack':
      return [
        `CloudFormation completes the update of the stack ${stack} if it has started. See it: ${calls.seeStack}.`,
      ];
    case 'delete_stack':
      return [
        `CloudFormation completes the deletion of the stack ${stack} if it has started. See it: ${calls.seeStack}.`,
      ];
    default:
      return [`What was changed remains: result.cancelled says what. See the stack: ${calls.seeStack}.`];
  }
}

function afterCancelledCreation(subject: Subject): string[] {
  const { job, stack, calls } = subject;
  const atEnd = stateAtEnd.safeParse(job.progress.result).data?.cancelled;
  const left = atEnd?.current_state.stack;
  if (left?.status === 'DELETE_IN_PROGRESS') return afterDeletionWasAccepted(subject);
  const remove =
    atEnd?.not_deleted === undefined
      ? `Delete it when it is not needed: ${calls.remove}.`
      : `It was not deleted: \`result.cancelled.not_deleted\` says why. Delete it: ${calls.remove}.`;
  if (left === null)
    return [`The stack ${stack} did not exist when the job ended. See whether it does now: ${calls.seeStack}.`];
  if (left?.status === 'CREATE_IN_PROGRESS')
    return [`CloudFormation continues to create the stack ${stack}. See it: ${calls.seeStack}.`, remove];
  return [
    `The stack ${stack} ${left === undefined ? 'may exist' : `is ${left.status}`}. See it: ${calls.seeStack}.`,
    remove,
  ];
}

function afterSuperseded({ job, kind, stack, calls }: Subject): string[] {
  const { submission, progress } = job;
  const by = typeof progress.result?.['superseded_by'] === 'string' ? ` ${progress.result['superseded_by']}` : '';
  const why = `because job${by}, which was submitted later, changes the traffic of ${submission.stack_name}`;
  const see = `See the versions and their traffic: ${calls.seeApplication}.`;
  if (kind === 'rollback')
    return [`Nothing was rolled back, ${why}.`, see, `Roll back all the same: ${calls.rollBack}.`];
  const hasSwitched = stepStatesOf(job).some(({ name, status }) => name === 'traffic' && status === 'succeeded');
  if (hasSwitched) return [`Older versions were not cleaned up, ${why}.`, see];
  return [
    `The job did not change the traffic of ${stack}, ${why}.`,
    `To send traffic to it all the same: ${calls.sendTraffic}.`,
    kind === 'deploy' ? `Delete it when it is not needed: ${calls.remove}.` : see,
  ];
}
