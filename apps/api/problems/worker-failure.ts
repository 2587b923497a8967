import { type JobView } from '../jobs/job.schema.js';
import { PROBLEM_MEDIA_TYPE, type ProblemAnswer } from './problem-document.js';

/** The problem document of something that has failed in a worker. */
export type FailureDocument = NonNullable<JobView['error']>;

/** When to come again, in seconds: the workers and the SDK have tried again for some seconds already. */
const RETRY_AFTER_SECONDS = '5';

/** What a caller has waited for has failed in a worker: the failure is the answer. It is no error of the API. */
export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure';

  constructor(readonly document: FailureDocument) {
    super(document.detail);
  }

  /** The answer to the caller. */
  answer(requestId: string): ProblemAnswer {
    return {
      status: this.document.status,
      headers: {
        'content-type': PROBLEM_MEDIA_TYPE,
        'cache-control': 'no-store',
        ...(passes(this.document) ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
      },
      body: Buffer.from(JSON.stringify({ ...this.document, instance: requestId })),
    };
  }
}

/** Whether it passes by itself: AWS throttles (503), or gives no answer. What AWS refuses stays refused. */
function passes({ status, aws_error: awsError }: FailureDocument): boolean {
  return status === 503 || awsError === 'unavailable';
}
