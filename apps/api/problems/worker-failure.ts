import { type JobView } from '../jobs/job.schema.js';
import { PROBLEM_MEDIA_TYPE, type ProblemAnswer } from './problem-document.js';

/** The problem document of something that has failed in a worker. */
export type FailureDocument = NonNullable<JobView['error']>;

/** What a caller has waited for has failed in a worker: the failure is the answer. It is no error of the API. */
export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure';

  /** @param headers of the answer, beside those of every problem */
  constructor(
    readonly document: FailureDocument,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(document.detail);
  }

  /** The answer to the caller. */
  answer(requestId: string): ProblemAnswer {
    return {
      status: this.document.status,
      headers: { 'content-type': PROBLEM_MEDIA_TYPE, 'cache-control': 'no-store', ...this.headers },
      body: Buffer.from(JSON.stringify({ ...this.document, instance: requestId })),
    };
  }
}
