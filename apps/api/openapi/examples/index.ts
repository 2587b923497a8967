import { AUDIT_CSV, AUDIT_PAGE } from './audit.example.js';
import { ACCEPTED_JOB, EVENTS, FINISHED_JOB, JOB_ID, JOB_PAGE, JOBS_CSV, LOG_LINES, LOG_TEXT } from './job.example.js';
import { APPLICATION, APPLICATIONS, SCHEMA_DISCOVERY, STACK, STATUS, TRAFFIC, WORKERS } from './stack.example.js';

export { problemExample } from './problem.example.js';

/** A definition that can be deployed anywhere. */
export const DEFINITION = 'SenzaInfo:\n  StackName: hello\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n';

/** Examples of an operation: values of the path's parameters, the JSON body, and answers by status and media type. */
export interface OperationExample {
  readonly path?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly answers?: Readonly<Record<string, unknown>>;
}

const JSON_TYPE = 'application/json';
const answer = (status: number, example: unknown, type = JSON_TYPE): Record<string, unknown> => ({
  [`${status} ${type}`]: example,
});
/** The downloads of a page's items. */
const downloads = (items: readonly object[], csv: string): Record<string, unknown> => ({
  ...answer(200, items.map((item) => `${JSON.stringify(item)}\n`).join(''), 'application/x-ndjson'),
  ...answer(200, csv, 'text/csv'),
});
const ofJob = { path: { id: JOB_ID } };
const ofStack = { path: { id: 'hello-v1' } };
const ofApplication = { path: { name: 'shop' } };

/** The examples by operation. The bodies are the console's pre-filled requests: they succeed as they are. */
export const EXAMPLES: Readonly<Record<string, OperationExample>> = {
  submitDeployment: {
    body: { senza_yaml: DEFINITION, stack_version: 'v1', tags: ['Team=payments'], if_exists: 'retry_failed' },
    answers: answer(202, ACCEPTED_JOB),
  },
  listJobs: { answers: { ...answer(200, JOB_PAGE), ...downloads(JOB_PAGE.items, JOBS_CSV) } },
  getJob: { ...ofJob, answers: answer(200, FINISHED_JOB) },
  getJobDefinition: { ...ofJob, answers: answer(200, DEFINITION, 'application/yaml') },
  getJobLog: {
    ...ofJob,
    answers: { ...answer(200, LOG_LINES, 'application/x-ndjson'), ...answer(200, LOG_TEXT, 'text/plain') },
  },
  cancelJob: {
    ...ofJob,
    body: { delete_stack: false },
    answers: answer(202, { ...ACCEPTED_JOB, cancel_requested: true, cancel_requested_by: 'robot' }),
  },
  retryJob: { ...ofJob, body: {}, answers: answer(202, { ...ACCEPTED_JOB, retry_of: JOB_ID }) },
  streamJobEvents: { ...ofJob, answers: answer(200, EVENTS, 'text/event-stream') },
  streamEvents: { answers: answer(200, EVENTS, 'text/event-stream') },
  listAuditRecords: { answers: { ...answer(200, AUDIT_PAGE), ...downloads(AUDIT_PAGE.items, AUDIT_CSV) } },
  listApplications: { answers: answer(200, APPLICATIONS) },
  getApplication: { ...ofApplication, answers: answer(200, APPLICATION) },
  rollBackTraffic: {
    ...ofApplication,
    body: { dry_run: true },
    answers: answer(202, { ...ACCEPTED_JOB, kind: 'rollback', stack_name: 'shop', stack_version: '1' }),
  },
  listStacks: { answers: answer(200, [STACK]) },
  createStack: {
    body: { senza_yaml: DEFINITION, stack_version: 'v2', keep_stacks: 1, new_traffic: 100, parameters: [] },
    answers: { ...answer(201, STACK), ...answer(202, { ...ACCEPTED_JOB, kind: 'create_stack' }) },
  },
  getStack: { ...ofStack, answers: answer(200, STACK) },
  patchStack: { ...ofStack, body: { new_traffic: 100 }, answers: answer(202, STACK) },
  deleteStack: {
    ...ofStack,
    body: { dry_run: true },
    answers: answer(202, { ...ACCEPTED_JOB, kind: 'delete_stack' }),
  },
  updateStack: {
    ...ofStack,
    body: { senza_yaml: DEFINITION, dry_run: true },
    answers: answer(202, { ...ACCEPTED_JOB, kind: 'update_stack' }),
  },
  getStackTraffic: { ...ofStack, answers: answer(200, TRAFFIC) },
  getStatus: { answers: answer(200, STATUS) },
  getSchemaDiscovery: { answers: answer(200, SCHEMA_DISCOVERY) },
  getLiveness: { answers: answer(200, { status: 'ok' }) },
  getReadiness: { answers: answer(200, { status: 'ok' }) },
  listWorkers: { answers: answer(200, WORKERS) },
};
