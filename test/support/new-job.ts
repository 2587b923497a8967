import { JOB_KINDS, type JobKind, type JobRecord, type NewJob } from '#jobs';
import { REGION } from '../../local/stack/lizzy.js';
import { createHash, randomUUID } from 'node:crypto';

/** The request of a job and its user; the stack's name and version are those of the payload unless given. */
export interface Wanted {
  readonly stack: string;
  readonly version: string;
  readonly region?: string;
  readonly requestedBy?: string;
  readonly retryOf?: JobRecord;
  readonly refuseDuplicate?: boolean;
  /** The span of the request (W3C Trace Context). */
  readonly traceparent?: string;
  /** False: the API crashes before it adds the job to the queue. */
  readonly enqueued?: boolean;
}

/** A job as the API would submit it. */
export function newJob(kind: JobKind, payload: Readonly<Record<string, unknown>>, wanted: Wanted): NewJob {
  const { retryOf } = wanted;
  const names = { stack_name: wanted.stack, stack_version: wanted.version };
  const request = JOB_KINDS[kind].payload.parse(
    kind === 'deploy' || kind === 'create_stack' ? payload : { ...names, ...payload },
  );
  const startedAt = retryOf?.progress.steps.find(({ name }) => name === 'create')?.journal.at(0)?.started_at;
  return {
    description: {
      kind,
      ...names,
      region: wanted.region ?? REGION,
      dry_run: payload['dry_run'] === true,
      requested_by: wanted.requestedBy ?? 'tester',
      request_id: randomUUID(),
      traceparent: wanted.traceparent,
      retry_of: retryOf?.submission.id ?? null,
      source: null,
      secret_parameters: [],
      owns:
        retryOf === undefined
          ? []
          : [
              ...retryOf.submission.owns,
              ...(startedAt === undefined ? [] : [{ job_id: retryOf.submission.id, since: startedAt }]),
            ],
    },
    request,
    fingerprint: createHash('sha256').update(JSON.stringify(request)).digest('hex'),
    refuseDuplicate: wanted.refuseDuplicate ?? false,
    idempotency: null,
  };
}
