import { type JobErrorRecord, type JobRecord } from '#jobs';
import { jobError } from '../jobs/job-problem.js';
import { problemOfJobError, PROBLEMS } from '../problems/problem-catalogue.js';
import { jobPath } from '../jobs/job-path.js';
import { type FailureDocument } from '../problems/problem.error.js';
import { stackNotFoundDetail } from './stack-query.dto.js';

/** Steps that change nothing: their success is not reported to the caller. */
const READING_STEPS = ['find', 'validate'];

/**
 * The message of a failure for a caller of Lizzy 2's API: the output of Senza, as in Lizzy 2.
 * @param stack the id of the affected stack; null: none
 */
export function failureDocument(error: JobErrorRecord, stack: string | null): FailureDocument {
  const document: FailureDocument = { ...jobError(error), status: PROBLEMS[problemOfJobError(error.code)].status };
  if (error.code === 'stack_not_found' && stack !== null) return { ...document, detail: stackNotFoundDetail(stack) };
  const { output } = document;
  if (typeof output !== 'string' || output === '') return document;
  return { ...document, detail: output };
}

/** The message of a failed job for the caller that waited for it; it names the steps that were done before the failure. */
export function jobFailureDocument({ submission, progress }: JobRecord): FailureDocument {
  const { id, stack_name: name, stack_version: version } = submission;
  if (progress.error === null) throw new TypeError('the job has not failed');
  const document = failureDocument(progress.error, `${name}-${version}`);
  const done = progress.steps
    .filter((step) => step.status === 'succeeded' && !READING_STEPS.includes(step.name))
    .map(({ name: step, message }) => ({ step, message }));
  const completed = done.map(({ step, message }) => `${step} (${message ?? 'done'})`).join(', ');
  return {
    ...document,
    detail: done.length === 0 ? document.detail : `${document.detail}\nDone before: ${completed}.`,
    job_id: id,
    job: jobPath(id),
    ...(done.length === 0 ? {} : { done }),
  };
}
