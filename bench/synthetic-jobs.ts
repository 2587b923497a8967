import { createHash, randomUUID } from 'node:crypto';
import { type JobRecord, type NewJob } from '#jobs';

/** Applications, of which the first ones are deployed more often than the last. */
const APPLICATIONS = 400;
const USERS = 40;
const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1'] as const;

/**
 * Pages that are measured, from dense to sparse, and combinations without a single match. `READER` is the number of the reader, `PAGE`
 * that of a page: readers of different pages share nothing.
 */
export const QUERIES: Readonly<Record<string, string>> = {
  'every job': '',
  'every job, 200 at once': 'limit=200',
  'one status (dense)': 'status=succeeded',
  'waiting jobs': 'status=queued',
  'status, kind and region': 'status=failed&kind=deploy&region=us-east-1',
  'one application, sorted by end': 'stack_name=app-7&sort=finished_at',
  'a user and a rare application': 'requested_by=user-3&stack_name=app-390',
  'two dense filters with few matches': 'requested_by=user-1&stack_name=app-2&status=failed',
  'no match of two dense filters': 'requested_by=user-1&region=eu-west-1&stack_name=app-2&kind=delete_stack',
  'a piece of a name': 'stack_name_contains=p-39',
  'a commit': `commit=${commitOf(4_242)}`,
  'a version': 'stack_version=v777',
  'finished after, sorted by submission': 'finished_after=2020-01-01&status=failed',
  'another application for each reader': 'stack_name=app-READER',
  'another application for each page': 'stack_name=app-READERPAGE',
  'created in a range, sorted by end': 'created_after=2020-01-01&sort=finished_at&stack_name=app-9',
};

/** The commit of the job with this number. */
export function commitOf(number: number): string {
  return createHash('sha1').update(String(number)).digest('hex');
}

/** A number from 0 up to `below`, small ones more often. */
function skewed(number: number, below: number): number {
  return Math.floor(below * (((number * 7919) % 10_007) / 10_007) ** 2);
}

/** A deployment as pipelines submit it; every twentieth is a deletion. */
export function newSyntheticJob(number: number): NewJob {
  const name = `app-${skewed(number, APPLICATIONS)}`;
  return {
    description: {
      kind: number % 20 === 0 ? 'delete_stack' : 'deploy',
      stack_name: name,
      stack_version: `v${number}`,
      region: REGIONS[number % 7 === 0 ? 2 : number % 3 === 0 ? 1 : 0],
      dry_run: false,
      requested_by: `user-${skewed(number * 31, USERS)}`,
      request_id: randomUUID(),
      retry_of: null,
      secret_parameters: [],
      source: {
        commit: commitOf(number),
        url: `https://git.example.org/${name}`,
        actor: 'ci',
        message: `Release ${number}`,
      },
      owns: [],
    },
    request: {},
    fingerprint: String(number),
    refuseDuplicate: false,
    idempotency: null,
  };
}

/** What the steps of a deployment report. */
function resultOf({ submission }: JobRecord, number: number): JobRecord['progress']['result'] {
  const { stack_name: name, stack_version: version, region } = submission;
  if (submission.kind === 'delete_stack') return { delete: { status: null } };
  const stack = `${name}-${version}`;
  const weights = { weights_before: { [`${name}-v${number - 1}`]: 100 }, weights_after: { [stack]: 100 } };
  return {
    create: { stack, stack_id: `arn:aws:cloudformation:${region}:123456789012:stack/${stack}/${randomUUID()}` },
    wait: { status: 'CREATE_COMPLETE' },
    traffic: { ...weights, domains: [{ domain: `${name}.example.org`, ...weights }], wanted: 100, changed: true },
  };
}

/** The same job at its end, with steps and a result as a deployment leaves them. */
export function finishedJob(job: JobRecord, number: number): JobRecord {
  const start = Date.parse(job.submission.created_at);
  const at = (seconds: number): string => new Date(start + seconds * 1000 + (number % 997)).toISOString();
  const hasFailed = number % 11 === 0;
  const stack = `${job.submission.stack_name}-${job.submission.stack_version}`;
  const step = (name: string, from: number, to: number, message: string): JobRecord['progress']['steps'][number] => ({
    name,
    status: 'succeeded',
    started_at: at(from),
    finished_at: at(to),
    message,
    journal: name === 'wait' ? [] : [{ started_at: at(from), ended_at: at(to), succeeded: true }],
    deferrals: 0,
    unknown_observations: 0,
    data: {},
  });
  return {
    ...job,
    attempt: 1,
    progress: {
      status: hasFailed ? 'failed' : 'succeeded',
      started_at: at(1),
      finished_at: at(200),
      waiting_for: null,
      deadline_at: null,
      waited_minutes: 0,
      steps: [
        step('validate', 1, 2, `${stack} does not exist yet`),
        step('create', 2, 4, `CloudFormation creates ${stack}`),
        step('wait', 4, 180, `${stack} is CREATE_COMPLETE`),
        step('traffic', 180, 200, `100 % of the traffic goes to ${stack}`),
      ],
      result: hasFailed ? null : resultOf(job, number),
      error: hasFailed
        ? {
            code: 'stack_failed',
            detail: `The stack ${stack} failed`,
            data: { resource: 'Queue', reason: 'Quota exceeded' },
          }
        : null,
    },
    log: { lines: 40, sha256: createHash('sha256').update(stack).digest('hex') },
  };
}
