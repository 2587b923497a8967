import { type JobPageView, type JobView } from '../../jobs/job.dto.js';

export const JOB_ID = '5a1f7c7e-2f0b-4d55-8a55-0b6a2f1d7a10';

const accepted = {
  id: JOB_ID,
  kind: 'deploy',
  stack_name: 'hello',
  stack_version: 'v1',
  region: 'eu-west-1',
  dry_run: false,
  requested_by: 'robot',
  request_id: '0d9c0d4b-55d5-4b50-9a3a-2f6d9f1f8a11',
  created_at: '2026-11-22T18:31:46.123Z',
  retry_of: null,
  source: {
    commit: '8c1f0a2',
    url: 'https://ci.example.org/runs/4711',
    actor: 'jane',
    message: 'Add a dead letter queue',
  },
  cancel_requested: false,
  cancel_requested_by: null,
  error: null,
  retried_by: null,
  links: {
    self: `/api/jobs/${JOB_ID}`,
    log: `/api/jobs/${JOB_ID}/log`,
    events: `/api/jobs/${JOB_ID}/events`,
    definition: `/api/jobs/${JOB_ID}/definition`,
  },
} as const;

const request = {
  stack_version: 'v1',
  parameters: [],
  tags: ['Team=payments'],
  region: 'eu-west-1',
  disable_rollback: false,
  dry_run: false,
  new_traffic: null,
  allow_traffic_loss: false,
  keep_stacks: 2,
  timeout_seconds: 1800,
  if_exists: 'retry_failed',
  if_superseded: 'skip',
};

/** A job right after its submission. */
export const ACCEPTED_JOB: JobView = {
  ...accepted,
  status: 'queued',
  started_at: null,
  finished_at: null,
  duration_ms: null,
  expected_finish_at: null,
  expected_from_jobs: 0,
  deadline_at: null,
  attempt: 0,
  worker: null,
  request,
  waiting_for: { reason: 'worker', since: '2026-11-22T18:31:46.123Z', position: 1 },
  steps: [],
  result: null,
  actions: { cancel: true, retry: false },
  next: ['The job starts when a worker is free. See the workers: GET /api/workers.'],
  log: null,
};

const step = { status: 'succeeded', started_at: '2026-11-22T18:31:46.200Z' } as const;

/** A job that has succeeded. */
export const FINISHED_JOB: JobView = {
  ...accepted,
  next: [
    'See the stack hello-v1: GET /api/stacks/hello-v1?region=eu-west-1.',
    'If it has a weighted domain, send traffic to it: PATCH /api/stacks/hello-v1 with {"new_traffic": 100, "region": "eu-west-1"}.',
  ],
  status: 'succeeded',
  started_at: '2026-11-22T18:31:46.200Z',
  finished_at: '2026-11-22T18:32:58.410Z',
  duration_ms: 72_210,
  expected_finish_at: null,
  expected_from_jobs: 0,
  deadline_at: null,
  attempt: 1,
  worker: '2b5a3c1e-8a1d-4d0e-9d36-6f6f1f0c9b77',
  request,
  waiting_for: null,
  steps: [
    {
      name: 'validate',
      ...step,
      finished_at: '2026-11-22T18:31:46.260Z',
      duration_ms: 60,
      message: 'the name hello-v1 is free',
    },
    {
      name: 'create',
      ...step,
      finished_at: '2026-11-22T18:31:47.012Z',
      duration_ms: 812,
      message: 'CloudFormation has accepted the stack hello-v1',
    },
    {
      name: 'wait',
      ...step,
      finished_at: '2026-11-22T18:32:58.400Z',
      duration_ms: 72_200,
      message: 'the stack hello-v1 is CREATE_COMPLETE',
    },
  ],
  result: {
    kind: 'deploy',
    create: {
      stack: 'hello-v1',
      stack_id: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/hello-v1/2f3c1d60',
      status: 'CREATE_IN_PROGRESS',
      created_at: '2026-11-22T18:31:46.900Z',
      description: 'Hello',
      output: 'Creating Cloud Formation stack hello-v1.. OK\n',
    },
    wait: { status: 'CREATE_COMPLETE' },
  },
  actions: { cancel: false, retry: false },
  log: { lines: 9, sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
};

/** A page of the history. Lists do not have the requests. */
export const JOB_PAGE: JobPageView = {
  items: [{ ...FINISHED_JOB, request: null, next: [] }],
  unreadable: [],
  count: 1,
  count_exact: true,
  next_cursor: null,
};

/** The same as a download. */
export const JOBS_CSV =
  'id,kind,status,stack_name,stack_version,region,requested_by,commit,created_at,started_at,finished_at,attempt,retry_of,dry_run,error\r\n' +
  `${JOB_ID},deploy,succeeded,hello,v1,eu-west-1,robot,,2026-11-22T18:31:45.004Z,2026-11-22T18:31:45.120Z,2026-11-22T18:32:10.481Z,1,,false,\r\n`;

const line = {
  cursor: '17',
  at: '2026-11-22T18:31:46.123Z',
  source: 'stdout',
  step: 'create',
  text: 'Creating Cloud Formation stack hello-v1.. OK',
};

/** A line of a log in both forms. */
export const LOG_LINES = `${JSON.stringify(line)}\n`;
export const LOG_TEXT = `${line.text}\n`;

/** The last events of a stream. */
export const EVENTS =
  'id: 21\nevent: state\ndata: {"at":"2026-11-22T18:32:58.410Z","status":"succeeded"}\n\n' +
  'id: 22\nevent: end\ndata: {"at":"2026-11-22T18:32:58.410Z","status":"succeeded","error":null}\n\n';
