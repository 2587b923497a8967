import { type JobErrorCode, type JobErrorRecord, type JobRecord } from '#jobs';
import { jobPath } from './job-path.js';

/** Failures that a retry can cure without any change. */
const TRANSIENT: readonly JobErrorCode[] = [
  'aws_unavailable',
  'interrupted',
  'senza_timed_out',
  'stack_busy',
  'state_unknown',
  'throttled',
  'timed_out',
];

/**
 * What the caller can do after a job failed, was cancelled or was superseded: sentences with the calls to
 * make. Empty for any other job.
 * @param canRetry whether the API accepts a retry of this job now
 */
export function nextSteps({ submission, progress }: JobRecord, canRetry: boolean): string[] {
  const stack = `${submission.stack_name}-${submission.stack_version}`;
  const { region } = submission;
  const see = `See the stack: GET /api/stacks/${stack}?region=${region}.`;
  const remove = `Delete it when it is not needed: DELETE /api/stacks/${stack} with {"region": "${region}"}.`;
  const log = `Read the log: GET ${jobPath(submission.id)}/log.`;
  const retry = `Retry the job: POST ${jobPath(submission.id)}/retry.`;
  switch (progress.status) {
    case 'failed':
      if (progress.error === null) return [log];
      return [...adviceOn(progress.error, { submission, see, retry: canRetry ? [retry] : [] }), log];
    case 'cancelled':
      return [
        `CloudFormation completes changes that it accepted before the cancellation. ${see}`,
        remove,
        ...(canRetry ? [retry] : []),
      ];
    case 'superseded':
      return [
        `The stack ${stack} exists without traffic, because a later traffic change was applied.`,
        `To send traffic to it all the same: PATCH /api/stacks/${stack} with {"new_traffic": 100, "region": "${region}"}.`,
        remove,
      ];
    case 'queued':
    case 'running':
    case 'succeeded':
      return [];
  }
}

function adviceOn(
  { code, data }: JobErrorRecord,
  {
    submission: { stack_name: name, stack_version: version, region },
    see,
    retry,
  }: { submission: JobRecord['submission']; see: string; retry: readonly string[] },
): string[] {
  const stack = `${name}-${version}`;
  if (TRANSIENT.includes(code)) return [see, ...retry];
  if (data['senza_error'] === 'access_denied')
    return ['Give the role of the workers the permission that `error.detail` names.', ...retry];
  switch (code) {
    case 'stack_failed':
      return [
        'Correct the definition or the parameters and submit the deployment again with "if_exists": "retry_failed", ' +
          'which deletes the failed stack first.',
        see,
        ...retry.map((each) => `If the cause was temporary: ${each}`),
      ];
    case 'stack_exists':
      return [
        'Submit the deployment with another stack_version, or with "if_exists": "retry_failed" or "accept".',
        see,
      ];
    case 'stack_not_found':
      return [`List the stacks: GET /api/stacks?region=${region}.`];
    case 'no_domain':
      return ['Deploy a version whose definition has a weighted record, or leave out "new_traffic".'];
    case 'stack_has_traffic':
      return [
        `Send the traffic to another version first, or delete the stack all the same: DELETE /api/stacks/${stack} with {"force": true, "region": "${region}"}.`,
      ];
    case 'traffic_refused':
      return [
        `See the versions and their traffic: GET /api/applications/${name}?region=${region}.`,
        `Set the traffic of one of them: PATCH /api/stacks/${name}-VERSION with {"new_traffic": 100, "region": "${region}"}.`,
        ...retry,
      ];
    case 'no_credentials':
      return [
        'Correct the AWS credentials of the workers: GET /api/workers shows which of them is unhealthy.',
        ...retry,
      ];
    case 'invalid_request':
    case 'senza_failed':
    case 'image_not_found':
      return ['Correct the request or the definition and submit it again.'];
    default:
      return [see, `See its traffic: GET /api/stacks/${stack}/traffic?region=${region}.`, ...retry];
  }
}
