import { isStuckStatus, type JobErrorRecord, stackFailureCause, type StackFailureCause, stepStatesOf } from '#jobs';
import { canHaveChanged, hasRun, type Subject } from './job-next-subject.js';

/** A stack that CloudFormation or an earlier job has left failed: `retry_failed` replaces it. */
const FAILED_STACK = /^(CREATE_FAILED|ROLLBACK_COMPLETE|ROLLBACK_FAILED|DELETE_FAILED)$/;

const FREE_QUOTA = 'Delete what the account no longer needs, or have AWS raise the quota that `error.detail` is about.';

/** What to do about each cause, how the sentence about a retry begins, and whether another definition can help. */
const AFTER_CAUSE: Readonly<
  Record<StackFailureCause, readonly [what: string, when: string | undefined, changesDefinition: boolean]>
> = {
  access_denied: ['Give the role of the workers the permission that `error.detail` names.', 'Then', false],
  quota_exceeded: [FREE_QUOTA, 'Then', false],
  no_capacity: [
    'AWS has no capacity for `error.resource` now: wait, or choose another instance type or other zones.',
    'When AWS has capacity again,',
    true,
  ],
  name_taken: [
    'Something else has the name of `error.resource`, a bucket of another account for instance: delete that if nothing needs it, or choose another name.',
    'When the name is free,',
    true,
  ],
  not_ready: [
    '`error.resource` was created, but did not become ready: see why in its log, for instances in their console output and the log of the application.',
    'If the cause was temporary,',
    true,
  ],
  aws_unavailable: ['AWS failed or throttled: the definition can be right.', undefined, false],
};

/** The steps whose commands delete stacks. */
const DELETIONS: readonly string[] = ['delete', 'clean_up', 'remove_failed'];

const NO_STACK = 'No stack was created.';
const NOTHING_CHANGED = 'Nothing was changed.';

/** What the caller can do after a job failed with this error: two or three sentences with the calls to make. */
export function afterFailure({ code, data }: JobErrorRecord, subject: Subject): string[] {
  const { job, kind, stack, calls, retry } = subject;
  const see = `See the stack ${stack}: ${calls.seeStack}.`;
  const seeTraffic = `See the versions and their traffic: ${calls.seeApplication}.`;
  const isTraffic = kind === 'rollback' || hasRun(job, 'traffic');
  const look = lookAt(subject, isTraffic ? seeTraffic : see);
  const lookAfterRefusal = hasCreatedNothing(job) && data['senza_error'] !== undefined ? NO_STACK : look;
  if (data['senza_error'] === 'access_denied' || data['aws_error'] === 'refused')
    return [
      'Give the role of the workers the permission that `error.detail` names. If it names none, enable the service or the region in the AWS account.',
      ...retry('Then'),
      lookAfterRefusal,
    ];
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
      if (isTraffic)
        return [
          `See the versions, their traffic, and what \`next\` says about one that failed: ${calls.seeApplication}.`,
          ...retry('When the cause is removed,'),
        ];
      return isDeleted(data) ? afterDeletion(subject) : afterFailedStack(data, subject);
    case 'stack_exists':
      return afterExistingStack(data, subject, see);
    case 'stack_not_found':
      return canHaveChanged(job) && kind === 'deploy'
        ? afterDeletion(subject)
        : [
            `Check the name, the version and the region (${job.submission.region}), and whether the stack was deleted. List the stacks: ${calls.listStacks}.`,
          ];
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
      return kind === 'rollback'
        ? [
            seeTraffic,
            `Set the traffic of one of them: ${calls.setTraffic}.`,
            ...retry('When what `error.detail` names is corrected,'),
          ]
        : ['The traffic was not changed. Do what `error.detail` says.', ...retry('Then'), seeTraffic];
    case 'no_credentials':
      return [
        'Correct the AWS credentials of the workers, or their clock if `error.detail` says that a signature has expired: ' +
          'GET /api/workers shows which is unhealthy. If only jobs of this region fail, enable the region in the AWS account.',
        ...retry('Then'),
        ...(canHaveChanged(job) ? [look] : []),
      ];
    case 'senza_failed':
      return afterSenzaFailure(data['senza_error'], look, retry);
    case 'invalid_request':
      if (data['senza_error'] === 'quota_exceeded') return [FREE_QUOTA, ...retry('Then'), lookAfterRefusal];
      // A deletion has no definition: what AWS rejects is in the account.
      if (isDeletion(job) && data['senza_error'] !== undefined)
        return ['Correct in AWS what `error.detail` names.', ...retry('Then'), look];
      if (data['senza_error'] === 'rejected' && !hasCreatedNothing(job))
        return ['Correct in AWS or in the request what `error.detail` names.', ...retry('If it was in AWS,'), look];
      return [
        ...(hasCreatedNothing(job) ? [NO_STACK] : canHaveChanged(job) ? [] : [NOTHING_CHANGED]),
        'Correct the request or the definition, or add to the account what is missing there, and submit it again.',
      ];
    case 'image_not_found':
      return ['Correct the request and submit it again.'];
  }
}

/** What exists in AWS now, and the call that shows it. @param see the call when the job can have changed something */
function lookAt({ job, kind, stack }: Subject, see: string): string {
  if (!canHaveChanged(job)) return NOTHING_CHANGED;
  if (kind === 'patch_stack' && job.progress.result?.['failed'] !== undefined)
    return `\`result.failed.state_at_failure\` says what is not changed yet. ${see}`;
  const isCleanUp = stepStatesOf(job).some(({ name, status }) => name === 'clean_up' && status === 'failed');
  return isCleanUp ? `The stack ${stack} is deployed; not all older versions were deleted. ${see}` : see;
}

/** Whether a step that deletes stacks has failed. */
function isDeletion(job: Subject['job']): boolean {
  return stepStatesOf(job).some(({ name, status }) => status === 'failed' && DELETIONS.includes(name));
}

/** Whether AWS has refused the command that creates the stack. */
function hasCreatedNothing(job: Subject['job']): boolean {
  return hasRun(job, 'create') && job.progress.result?.['create'] === undefined;
}

function afterFailedStack(data: JobErrorRecord['data'], { job, kind, stack, calls, retry }: Subject): string[] {
  const status = data['stack_status'];
  const isStuck = typeof status === 'string' && isStuckStatus(status);
  const unblock = `First remove what keeps the stack ${stack}: \`failed_resources\` and \`next\` of ${calls.seeStack}.`;
  if (isDeletion(job)) return [unblock, ...retry('Then')];
  const again =
    kind === 'update_stack'
      ? `update the stack again: ${calls.update}.`
      : 'submit the deployment again with "if_exists": "retry_failed", which deletes the failed stack first.';
  const before = isStuck ? [unblock] : [];
  const cause = stackFailureCause.safeParse(data['cause']);
  if (!cause.success) {
    const correct = 'Correct what `error.detail` names, in the definition, its parameters or the account, and';
    return [...before, `${correct} ${again}`, ...retry('If the definition is right,')];
  }
  const [what, when, changesDefinition] = AFTER_CAUSE[cause.data];
  // A stack that is stuck has to be removed first, whatever the definition.
  const resubmit = changesDefinition && !isStuck ? [`With a changed definition, ${again}`] : [];
  return [...before, what, ...resubmit, ...retry(when)];
}

/** Whether another one than the job has deleted the stack while CloudFormation created or updated it. */
function isDeleted(data: JobErrorRecord['data']): boolean {
  const status = data['stack_status'];
  return typeof status === 'string' && status.startsWith('DELETE_') && !isStuckStatus(status);
}

function afterDeletion({ kind, stack, calls, retry }: Subject): string[] {
  const find = `CloudTrail names who deleted the stack ${stack} (DeleteStack). List the stacks: ${calls.listStacks}.`;
  return [find, ...(kind === 'deploy' ? retry('To create it again,') : [])];
}

/** @param error the code of Senza's failure @param look the sentence about the state that it left */
function afterSenzaFailure(error: unknown, look: string, retry: Subject['retry']): string[] {
  switch (error) {
    case 'crashed':
      return [look, ...retry()];
    case 'not_installed':
      return ['Install Senza on the workers: GET /api/workers shows which is unhealthy.', ...retry('Then')];
    case 'unsupported':
    case 'unexpected_output':
      return [
        'Install stups-senza 2.1.143, which Lizzy needs, on the workers: GET /api/workers shows the version of each.',
        ...retry('Then'),
      ];
    case 'no_space':
      return [
        'Free space for temporary files on the workers (TMPDIR): GET /api/workers shows which is unhealthy.',
        ...retry('Then'),
        look,
      ];
    case 'limit_exceeded':
      return ['Raise the limit of the workers that `error.detail` names, or reduce the definition.', ...retry('Then')];
    default:
      return [
        'Correct what Senza reports in `error.detail` and `error.output`, and submit the request again.',
        ...retry('If the cause was temporary,'),
      ];
  }
}

/** Offers only what does not fail in the same way. */
function afterExistingStack(data: JobErrorRecord['data'], { kind, stack, calls }: Subject, see: string): string[] {
  if (kind === 'create_stack')
    return ['Create the stack with another stack_version, or delete the existing one first.', see];
  const other = 'Submit the deployment with another stack_version';
  if (data['created_by_job'] === null) return [`${other}.`, see];
  const status = data['stack_status'];
  if (typeof status === 'string' && isStuckStatus(status)) {
    const keeps = `first remove what keeps the stack ${stack}: \`failed_resources\` and \`next\` of ${calls.seeStack}.`;
    return [`${other}.`, `For "if_exists": "retry_failed", which deletes the failed stack, ${keeps}`];
  }
  if (typeof status === 'string' && FAILED_STACK.test(status))
    return [`${other}, or with "if_exists": "retry_failed", which deletes the failed stack first.`, see];
  if (data['if_exists'] === 'accept') return [`${other}.`, see];
  return [`${other}, or with "if_exists": "accept" if its definition and parameters are those of the stack.`, see];
}
