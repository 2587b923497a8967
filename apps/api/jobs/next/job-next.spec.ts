import { jobErrorCode, type JobErrorCode, type JobKind, type JobRecord, type WaitingFor } from '#jobs';
import { describe, expect, it } from '@jest/globals';
import { afterSuccess } from './after-success.js';
import { nextSteps, whileWaiting } from './job-next.js';

const AT = '2026-11-26T10:00:00.000Z';

/** A finished job; the named steps have run a command. */
function finished(
  kind: JobKind,
  status: JobRecord['progress']['status'],
  {
    ran = [],
    code,
    data = {},
    result = null,
    region = 'eu-west-1',
  }: {
    ran?: readonly string[];
    code?: JobErrorCode;
    data?: Readonly<Record<string, string | null>>;
    result?: JobRecord['progress']['result'];
    region?: string;
  } = {},
): JobRecord {
  return {
    submission: {
      schema: 1,
      id: 'job-1',
      kind,
      stack_name: 'shop',
      stack_version: '2',
      region,
      dry_run: false,
      requested_by: 'robot',
      request_id: 'request-1',
      created_at: AT,
      retry_of: null,
      owns: [],
      source: null,
      secret_parameters: null,
    },
    seq: 1,
    attempt: 1,
    worker: null,
    cancel: null,
    progress: {
      status,
      started_at: AT,
      finished_at: AT,
      waiting_for: null,
      deadline_at: null,
      waited_minutes: 0,
      result,
      error: code === undefined ? null : { code, detail: 'It failed.', data: { ...data } },
      steps: ran.map((name, index) => ({
        name,
        status: status === 'failed' && index === ran.length - 1 ? 'failed' : 'cancelled',
        started_at: AT,
        finished_at: AT,
        message: null,
        journal: [{ started_at: AT, ended_at: AT, succeeded: false }],
        deferrals: 0,
        unknown_observations: 0,
        data: {},
      })),
    },
    log: null,
  };
}

const next = (job: JobRecord, canRetry = true): string => nextSteps(job, canRetry).join('\n');
const leftStack = (status: string | null): JobRecord['progress']['result'] => ({
  cancelled: { steps_done: [], current_state: { stack: status === null ? null : { name: 'shop-2', status } } },
});

describe('what to do after a job was cancelled', () => {
  const kinds: JobKind[] = ['deploy', 'create_stack', 'patch_stack', 'update_stack', 'delete_stack', 'rollback'];
  it.each(kinds)('is no call about a stack when a job of kind %s has run no command', (kind) => {
    expect(next(finished(kind, 'cancelled'))).toBe('Nothing was changed.\nRetry the job: POST /api/jobs/job-1/retry.');
  });

  it.each<[JobKind, string, RegExp]>([
    [
      'deploy',
      'traffic',
      /Restore the weights from before it: POST \/api\/applications\/shop\/rollback with {"to_job": "job-1", "region": "eu-west-1"}/,
    ],
    ['patch_stack', 'traffic', /See the weights: GET \/api\/applications\/shop\?region=eu-west-1\./],
    ['patch_stack', 'scale', /result\.cancelled says what/],
    ['update_stack', 'update', /completes the update of the stack shop-2/],
    ['delete_stack', 'delete', /completes the deletion of the stack shop-2/],
    ['rollback', 'traffic', /completes the updates that the traffic change has started/],
  ])('fits the command of %s that has run: %s', (kind, step, sentence) => {
    const text = next(finished(kind, 'cancelled', { ran: [step] }));
    expect(text).toMatch(sentence);
    expect(text).not.toContain('DELETE');
  });

  it.each([
    [
      'CREATE_IN_PROGRESS',
      'CloudFormation continues to create the stack shop-2',
      'DELETE /api/stacks/shop-2 with {"region": "eu-west-1"}.',
    ],
    [
      'CREATE_COMPLETE',
      'The stack shop-2 is CREATE_COMPLETE',
      'DELETE /api/stacks/shop-2 with {"region": "eu-west-1"}.',
    ],
    [null, 'The stack shop-2 did not exist', 'GET /api/stacks/shop-2?region=eu-west-1.'],
  ])('says what became of the created stack: %s', (status, sentence, call) => {
    const text = next(finished('deploy', 'cancelled', { ran: ['create'], result: leftStack(status) }));
    expect(text).toContain(sentence);
    expect(text).toContain(call);
    expect(text.includes('DELETE')).toBe(status !== null);
  });

  it('is to read why the stack was not deleted, if the cancellation asked for it', () => {
    const current_state = { stack: { name: 'shop-2', status: 'CREATE_COMPLETE' } };
    const result = { cancelled: { steps_done: [], current_state, not_deleted: 'not authorized' } };
    expect(next(finished('deploy', 'cancelled', { ran: ['create'], result }))).toMatch(
      /is CREATE_COMPLETE.*\n.*not_deleted` says why\. Delete it: DELETE \/api/,
    );
  });

  it('is to see what became of the deletion of its stack, which CloudFormation has only accepted', () => {
    const job = finished('deploy', 'cancelled', { ran: ['create'], result: leftStack('DELETE_IN_PROGRESS') });
    expect(next(job)).toMatch(/can still fail.*GET .*\n.*DELETE_FAILED.*\nRetry the job/);
  });
});

describe('what to do after a job succeeded', () => {
  it('is to see what became of a deletion, which CloudFormation has only accepted', () => {
    expect(next(finished('delete_stack', 'succeeded'))).toMatch(
      /can still fail.*GET \/api\/stacks\/shop-2\?region=eu-west-1\.\n.*DELETE_FAILED.*DELETE \/api\/stacks\/shop-2 with/,
    );
  });

  it('is nothing after other jobs, and after a dry run', () => {
    const dryRun = finished('delete_stack', 'succeeded');
    expect(next({ ...dryRun, submission: { ...dryRun.submission, dry_run: true } })).toBe('');
    expect(next(finished('deploy', 'succeeded'))).toBe('');
  });
});

describe('what to do after a job was superseded', () => {
  const result = { superseded_by: 'job-9' };
  it('names the later job, and does not say that a stack that was there before is new', () => {
    expect(next(finished('deploy', 'superseded', { result }))).toMatch(/because job job-9,.*\n.*PATCH.*\n.*DELETE/);
    expect(next(finished('patch_stack', 'superseded', { result }))).not.toContain('DELETE');
    expect(next(finished('rollback', 'superseded', { result }))).toContain(
      'POST /api/applications/shop/rollback with {',
    );
  });
});

describe('what to do while a job waits', () => {
  const since = AT;
  const lock = { kind: 'deploy', stack: 'shop-1', requested_by: 'eve', started_at: AT, position: 1 };
  it.each<[WaitingFor, string]>([
    [{ reason: 'worker', since, position: 3 }, 'GET /api/workers'],
    [{ reason: 'no_worker_for', since, kind: 'deploy', detail: 'No worker is alive' }, 'GET /api/status'],
    [{ reason: 'lock', since, scope: 'stack version', job_id: 'job-7', ...lock }, '(POST /api/jobs/job-7/cancel)'],
    [
      { reason: 'cloudformation', since, stack: 'shop-2', state: 'CREATE_IN_PROGRESS', progress: null },
      'GET /api/jobs/job-1/log',
    ],
    [{ reason: 'throttled', since, detail: 'Rate exceeded', retry_at: AT, retries: 2 }, 'tries again by itself'],
  ])('fits what it waits for: %j', (wait, sentence) => {
    expect(whileWaiting('job-1', wait).join('\n')).toContain(sentence);
  });
});

describe('what to do after a job failed', () => {
  it.each<[JobKind, JobErrorCode, readonly string[], string]>([
    ['deploy', 'stack_failed', ['create'], '"if_exists": "retry_failed"'],
    [
      'deploy',
      'stack_failed',
      ['create', 'traffic'],
      'what `next` says about one that failed: GET /api/applications/shop?',
    ],
    ['update_stack', 'stack_failed', ['update'], 'PUT /api/stacks/shop-2'],
    ['create_stack', 'stack_exists', [], 'delete the existing one first'],
    ['delete_stack', 'stack_has_traffic', [], 'DELETE /api/stacks/shop-2 with {"force": true, "region": "eu-west-1"}'],
    [
      'update_stack',
      'stack_has_traffic',
      [],
      'PATCH /api/stacks/shop-VERSION with {"new_traffic": 100, "region": "eu-west-1"}',
    ],
    ['patch_stack', 'no_auto_scaling_group', [], 'GET /api/stacks?region=eu-west-1.'],
    ['deploy', 'throttled', [], 'Nothing was changed.\nWhen AWS accepts requests again, retry the job: POST'],
    ['deploy', 'throttled', ['create'], 'GET /api/stacks/shop-2?region=eu-west-1.\nWhen AWS accepts requests again,'],
    ['rollback', 'throttled', ['traffic'], 'GET /api/applications/shop?region=eu-west-1.\nWhen AWS accepts'],
    ['deploy', 'timed_out', ['create'], 'To wait for it again, retry the job: POST'],
    ['deploy', 'invalid_request', ['create'], 'No stack was created.'],
    ['deploy', 'invalid_request', [], 'Nothing was changed.\nCorrect the request'],
    ['deploy', 'traffic_refused', ['create'], 'The traffic was not changed. Do what `error.detail` says.'],
    ['rollback', 'traffic_refused', [], 'When what `error.detail` names is corrected, retry the job: POST'],
    ['delete_stack', 'stack_protected', [], 'Do what `error.detail` says.\nThen retry the job: POST'],
    ['deploy', 'record_damaged', [], 'GET /api/stacks/shop-2?region=eu-west-1.'],
  ])('fits a job of kind %s that failed with %s after %j', (kind, code, ran, call) => {
    expect(next(finished(kind, 'failed', { code, ran }))).toContain(call);
  });

  it('points to what a patch has left when it was ended by its time limit', () => {
    const result = { failed: { state_at_failure: { instances_to_replace: ['i-1'] } } };
    const job = finished('patch_stack', 'failed', { code: 'senza_timed_out', ran: ['respawn_instances'], result });
    expect(next(job)).toContain(
      '`result.failed.state_at_failure` says what is not changed yet. See the stack shop-2: GET',
    );
  });

  it('is to remove what keeps the failed stack, not to correct the definition, when its deletion has failed', () => {
    const data = { stack_status: 'DELETE_FAILED' };
    const text = next(finished('deploy', 'failed', { code: 'stack_failed', data, ran: ['remove_failed'] }));
    expect(text).toMatch(/^First remove what keeps the stack shop-2: .*\nThen retry the job: POST .*\nRead the log/);
  });

  it('names the region in which there is no such stack', () => {
    const text = next(finished('patch_stack', 'failed', { code: 'stack_not_found', region: 'eu-central-1' }));
    expect(text).toContain('the region (eu-central-1)');
  });

  it('does not ask to correct a definition when AWS rejects a deletion', () => {
    const data = { senza_error: 'invalid_definition' };
    const text = next(finished('delete_stack', 'failed', { code: 'invalid_request', data, ran: ['delete'] }));
    expect(text).toMatch(
      /^Correct in AWS what `error\.detail` names\.\nThen retry the job: POST .*\nSee the stack shop-2/,
    );
  });

  it('says that the stack is deployed when only the clean-up failed', () => {
    const job = finished('deploy', 'failed', { code: 'senza_failed', data: { senza_error: 'access_denied' } });
    job.progress.result = { create: {} };
    const [step] = finished('deploy', 'failed', { ran: ['traffic'] }).progress.steps;
    if (step === undefined) throw new Error('no step');
    job.progress.steps = [
      { ...step, status: 'succeeded' },
      { ...step, name: 'clean_up', status: 'failed' },
    ];
    expect(next(job)).toContain(
      'The stack shop-2 is deployed; not all older versions were deleted. See the versions and their traffic: GET',
    );
  });

  it('names the region of the job in each call that needs it', () => {
    const job = finished('delete_stack', 'failed', { code: 'stack_has_traffic', region: 'us-east-1' });
    expect(next(job)).toContain('DELETE /api/stacks/shop-2 with {"force": true, "region": "us-east-1"}');
    const exists = finished('deploy', 'failed', { code: 'stack_exists', region: 'us-east-1' });
    expect(next(exists)).toContain('GET /api/stacks/shop-2?region=us-east-1');
  });

  it.each([
    ['aws_unavailable', { aws_error: 'refused' }, 'the permission that `error.detail` names'],
    ['senza_failed', { senza_error: 'access_denied' }, 'the permission that `error.detail` names'],
    ['senza_failed', { senza_error: 'access_denied' }, 'No stack was created.'],
    ['aws_unavailable', { aws_error: 'refused' }, 'See the stack shop-2: GET /api/stacks/shop-2?region=eu-west-1.'],
    ['senza_failed', { senza_error: 'access_denied' }, 'enable the service or the region in the AWS account'],
    ['no_credentials', {}, 'If only jobs of this region fail, enable the region'],
    ['senza_failed', { senza_error: 'no_space' }, 'Free space for temporary files on the workers'],
    ['invalid_request', { senza_error: 'quota_exceeded' }, 'raise the quota that `error.detail` is about.\nThen retry'],
    ['senza_failed', { senza_error: 'crashed' }, 'GET /api/stacks/shop-2'],
    ['senza_failed', { senza_error: 'not_installed' }, 'GET /api/workers'],
    ['senza_failed', { senza_error: 'unsupported' }, 'Install stups-senza 2.1.143'],
    ['senza_failed', { senza_error: 'limit_exceeded' }, 'Raise the limit of the workers'],
    ['senza_failed', { senza_error: 'unknown' }, 'Correct what Senza reports'],
    ['stack_failed', { stack_status: 'DELETE_IN_PROGRESS' }, 'To create it again, retry the job: POST'],
    [
      'stack_failed',
      { stack_status: 'ROLLBACK_FAILED' },
      'what keeps the stack shop-2: `failed_resources` and `next` of',
    ],
    ['stack_failed', { cause: 'access_denied' }, 'the permission that `error.detail` names.\nThen retry'],
    ['stack_failed', { cause: 'quota_exceeded' }, 'raise the quota that `error.detail` is about.\nThen retry'],
    ['stack_failed', { cause: 'no_capacity' }, 'other zones.\nWith a changed definition, submit the deployment again'],
    ['stack_failed', { cause: 'not_ready' }, 'in their console output'],
    ['stack_failed', { cause: 'name_taken', stack_status: 'ROLLBACK_FAILED' }, 'delete that if nothing needs it'],
    ['stack_failed', { cause: 'aws_unavailable' }, 'the definition can be right.\nRetry the job: POST'],
    ['stack_failed', { cause: 'of a later version' }, 'Correct what `error.detail` names, in the definition'],
    ['invalid_request', { senza_error: 'rejected' }, 'No stack was created.\nCorrect the request'],
    ['stack_failed', { stack_status: 'DELETE_FAILED' }, 'First remove what keeps the stack shop-2'],
    ['stack_not_found', {}, 'CloudTrail names who deleted the stack shop-2'],
    [
      'stack_exists',
      { stack_status: 'ROLLBACK_COMPLETE' },
      'another stack_version, or with "if_exists": "retry_failed"',
    ],
    [
      'stack_exists',
      { stack_status: 'DELETE_FAILED' },
      'another stack_version.\nFor "if_exists": "retry_failed", which deletes the failed stack, first remove what keeps',
    ],
    ['stack_exists', { stack_status: 'CREATE_COMPLETE' }, 'another stack_version, or with "if_exists": "accept"'],
    ['stack_exists', { stack_status: 'CREATE_COMPLETE', if_exists: 'accept' }, 'another stack_version.'],
    ['stack_exists', { stack_status: 'ROLLBACK_COMPLETE', created_by_job: null }, 'another stack_version.'],
  ] as const)('fits the cause: %s with %j', (code, data, sentence) => {
    expect(next(finished('deploy', 'failed', { code, data, ran: ['create'] }))).toContain(sentence);
  });

  it('has three entries at most', () => {
    for (const code of jobErrorCode.options) {
      expect(nextSteps(finished('deploy', 'failed', { code, ran: ['create'] }), true).length).toBeLessThanOrEqual(3);
    }
  });

  it('offers no retry that the API would reject', () => {
    expect(next(finished('deploy', 'failed', { code: 'throttled' }), false)).not.toContain('retry');
    expect(next(finished('deploy', 'failed', { code: 'throttled' }))).toContain('POST /api/jobs/job-1/retry');
  });
});

describe('what is possible after a success', () => {
  const see = 'See the stack shop-2: GET /api/stacks/shop-2?region=eu-west-1.';
  const send =
    'If it has a weighted domain, send traffic to it: PATCH /api/stacks/shop-2 with {"new_traffic": 100, "region": "eu-west-1"}.';
  const seeTraffic = 'See the versions and their traffic: GET /api/applications/shop?region=eu-west-1.';
  const undo =
    'Restore the weights from before this job: POST /api/applications/shop/rollback with {"to_job": "job-1", "region": "eu-west-1"}.';
  const switched = { traffic: { changed: true, domains: [{ weights_before: { 'shop-1': 100, 'shop-0': 0 } }] } };
  it.each<[JobKind, JobRecord['progress']['result'], string[]]>([
    ['create_stack', { create: {} }, [see, send]],
    ['deploy', { create: {}, wait: {} }, [see, send]],
    ['deploy', switched, [see, seeTraffic, undo]],
    ['deploy', { ...switched, clean_up: { deleted: ['shop-0'] } }, [see, seeTraffic, undo]],
    ['deploy', { ...switched, clean_up: { deleted: ['shop-1'] } }, [see, seeTraffic]],
    ['deploy', { traffic: { changed: false } }, [see, send]],
    ['patch_stack', switched, [seeTraffic, undo]],
    ['patch_stack', { scale: {} }, [see]],
    ['update_stack', null, [see]],
    ['rollback', null, [seeTraffic]],
  ])('is what can be seen, and the rollback: %s with %j', (kind, result, expected) => {
    expect(afterSuccess(finished(kind, 'succeeded', { result }))).toEqual(expected);
    expect(afterSuccess(finished(kind, 'failed', { result }))).toEqual([]);
  });
});
