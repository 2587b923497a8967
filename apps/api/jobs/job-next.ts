import { isJobKind, type JobErrorRecord, type JobKind, type JobRecord } from '#jobs';
import { z } from 'zod';
import { jobPath } from './job-path.js';

/** What is read of a cancelled job's result; without a stack when AWS could not be read. */
const stateAtEnd = z.object({
  cancelled: z.object({ current_state: z.object({ stack: z.object({ status: z.string() }).nullish() }) }),
});

/** How many entries the advice has at most. */
const MAX_ENTRIES = 3;

/** What the sentences about a job are made from. */
interface Subject {
  readonly job: JobRecord;
  readonly kind: JobKind | null;
  readonly stack: string;
  readonly calls: Calls;
  /** The sentence that offers a retry, under a condition if one is given; none when the API does not accept one. */
  readonly retry: (when?: string) => readonly string[];
}

/** The calls that the sentences name, in the job's region. */
type Calls = ReturnType<typeof callsOf>;

/**
 * What the caller can do after a job failed, was cancelled or was superseded: one to three sentences with the calls to
 * make, which fit the kind and the cause. Empty for any other job.
 * @param canRetry whether the API accepts a retry of this job now
 */
export function nextSteps(job: JobRecord, canRetry: boolean): string[] {
  const { submission, progress } = job;
  const { id, kind, stack_name: name, stack_version: version } = submission;
  const subject = {
    job,
    kind: isJobKind(kind) ? kind : null,
    stack: `${name}-${version}`,
    calls: callsOf(job),
    retry: (when?: string) =>
      canRetry ? [`${when === undefined ? 'Retry' : `${when} retry`} the job: POST ${jobPath(id)}/retry.`] : [],
  };
  switch (progress.status) {
    case 'failed': {
      const advice = progress.error === null ? [] : afterFailure(progress.error, subject);
      return [...advice, `Read the log: GET ${jobPath(id)}/log.`].slice(0, MAX_ENTRIES);
    }
    case 'cancelled':
      return [...afterCancel(subject), ...subject.retry()];
    case 'superseded':
      return afterSuperseded(subject);
    case 'queued':
    case 'running':
    case 'succeeded':
      return [];
  }
}

/** Each names the region: that of the API is another one, perhaps. */
function callsOf({ submission }: JobRecord) {
  const { id, stack_name: name, stack_version: version, region } = submission;
  const path = `/api/stacks/${name}-${version}`;
  const query = `?region=${region}`;
  const body = (fields: Readonly<Record<string, unknown>>): string => {
    const members = Object.entries({ ...fields, region }).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
    return ` with {${members.join(', ')}}`;
  };
  return {
    seeStack: `GET ${path}${query}`,
    seeApplication: `GET /api/applications/${name}${query}`,
    listStacks: `GET /api/stacks${query}`,
    setTraffic: `PATCH /api/stacks/${name}-VERSION${body({ new_traffic: 100 })}`,
    sendTraffic: `PATCH ${path}${body({ new_traffic: 100 })}`,
    update: `PUT ${path}`,
    remove: `DELETE ${path}${body({})}`,
    removeWithTraffic: `DELETE ${path}${body({ force: true })}`,
    rollBack: `POST /api/applications/${name}/rollback${body({})}`,
    undo: `POST /api/applications/${name}/rollback${body({ to_job: id })}`,
  };
}

/** Whether a step has run a command, which can have changed something. */
function hasRun({ progress }: JobRecord, step: string): boolean {
  return progress.steps.some(({ name, journal }) => name === step && journal.length > 0);
}

/** Whether the job can have changed anything. */
function canHaveChanged({ submission, progress }: JobRecord): boolean {
  return !submission.dry_run && progress.steps.some(({ journal }) => journal.length > 0);
}

function afterCancel(subject: Subject): string[] {
  const { job, kind, stack, calls } = subject;
  const { progress, cancel } = job;
  if (!canHaveChanged(job)) return ['Nothing was changed.'];
  const commands = progress.steps.filter(({ journal }) => journal.length > 0).map(({ name }) => name);
  if (commands.includes('traffic')) {
    return [
      `CloudFormation completes the updates that the traffic change has started. See the weights: ${calls.seeApplication}.`,
      ...(kind === 'rollback' ? [] : [`Restore the weights from before it: ${calls.undo}.`]),
    ];
  }
  switch (kind) {
    case 'deploy':
    case 'create_stack':
      if (cancel?.delete_stack === true)
        return [`The stack ${stack} is deleted, as requested. See it: ${calls.seeStack}.`];
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

function afterCancelledCreation({ job, stack, calls }: Subject): string[] {
  const left = stateAtEnd.safeParse(job.progress.result).data?.cancelled.current_state.stack;
  const remove = `Delete it when it is not needed: ${calls.remove}.`;
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
  const hasSwitched = progress.steps.some(({ name, status }) => name === 'traffic' && status === 'succeeded');
  if (hasSwitched) return [`Older versions were not cleaned up, ${why}.`, see];
  return [
    `The job did not change the traffic of ${stack}, ${why}.`,
    `To send traffic to it all the same: ${calls.sendTraffic}.`,
    kind === 'deploy' ? `Delete it when it is not needed: ${calls.remove}.` : see,
  ];
}

function afterFailure({ code, data }: JobErrorRecord, subject: Subject): string[] {
  const { job, kind, stack, calls, retry } = subject;
  const see = `See the stack ${stack}: ${calls.seeStack}.`;
  const seeTraffic = `See the versions and their traffic: ${calls.seeApplication}.`;
  const isTraffic = kind === 'rollback' || hasRun(job, 'traffic');
  const look = !canHaveChanged(job) ? 'Nothing was changed.' : isTraffic ? seeTraffic : see;
  if (data['senza_error'] === 'access_denied' || data['aws_error'] === 'refused')
    return ['Give the role of the workers the permission that `error.detail` names.', ...retry('Then')];
  switch (code) {
    case 'aws_unavailable':
    case 'throttled':
      return [look, ...retry('When AWS accepts requests again,')];
    case 'timed_out':
      return [look, ...retry('To wait for it again,')];
    case 'not_verified':
      return [look, ...retry('If the change is still needed,')];
    case 'stack_busy':
      return [look, ...retry('When the other change has finished,')];
    case 'internal':
    case 'interrupted':
    case 'senza_timed_out':
    case 'state_unknown':
      return [look, ...retry()];
    case 'record_damaged':
      return [see, 'Submit the change again if it is still needed.'];
    case 'stack_failed':
      return isTraffic ? [seeTraffic, ...retry('When the cause is removed,')] : afterFailedStack(subject);
    case 'stack_exists':
      return [
        kind === 'create_stack'
          ? 'Create the stack with another stack_version, or delete the existing one first.'
          : 'Submit the deployment with another stack_version, or with "if_exists": "retry_failed" or "accept".',
        see,
      ];
    case 'stack_not_found':
      return [`List the stacks: ${calls.listStacks}.`, ...(kind === 'deploy' ? retry() : [])];
    case 'no_auto_scaling_group':
      return [`List the stacks, and choose one with instances: ${calls.listStacks}.`];
    case 'no_domain':
      return ['Deploy a version whose definition has a weighted record, or leave out "new_traffic".'];
    case 'stack_has_traffic':
      return kind === 'delete_stack'
        ? [`Send the traffic to another version first, or delete the stack all the same: ${calls.removeWithTraffic}.`]
        : [
            `Deploy a new version instead, or send the traffic to another one first: ${calls.setTraffic}.`,
            ...retry('Then'),
          ];
    case 'stack_not_updatable':
    case 'stack_protected':
      return ['Nothing was changed. Do what `error.detail` says.', ...retry('Then')];
    case 'superseded':
      return [seeTraffic, ...retry('To change the traffic all the same,')];
    case 'traffic_refused':
      return [
        seeTraffic,
        `Set the traffic of one of them: ${calls.setTraffic}.`,
        ...retry('When what `error.detail` names is corrected,'),
      ];
    case 'no_credentials':
      return [
        'Correct the AWS credentials of the workers: GET /api/workers shows which is unhealthy.',
        ...retry('Then'),
      ];
    case 'senza_failed':
      return afterSenzaFailure(data['senza_error'], look, retry);
    case 'invalid_request':
    case 'image_not_found':
      return ['Correct the request or the definition and submit it again.'];
  }
}

function afterFailedStack({ kind, calls, retry }: Subject): string[] {
  const correct = 'Correct the definition or the parameters and';
  return [
    kind === 'update_stack'
      ? `${correct} update the stack again: ${calls.update}.`
      : `${correct} submit the deployment again with "if_exists": "retry_failed", which deletes the failed stack first.`,
    ...retry('If the cause was temporary,'),
  ];
}

/** @param error the code of Senza's failure @param look the sentence about the state that it left */
function afterSenzaFailure(error: unknown, look: string, retry: Subject['retry']): string[] {
  switch (error) {
    case 'crashed':
      return [look, ...retry()];
    case 'not_installed':
      return ['Install Senza on the workers: GET /api/workers shows which is unhealthy.', ...retry('Then')];
    case 'limit_exceeded':
      return ['Raise the limit of the workers that `error.detail` names, or reduce the definition.', ...retry('Then')];
    default:
      return [
        'Correct what Senza reports in `error.detail` and `error.output`, and submit the request again.',
        ...retry('If the cause was temporary,'),
      ];
  }
}
