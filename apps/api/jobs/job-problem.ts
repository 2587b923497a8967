import { type JobErrorRecord } from '#jobs';
import { problemOfJobError, PROBLEMS, problemType } from '../problems/problem-catalogue.js';
import { type JobView } from './job.dto.js';

/**
 * The error of a failed job, as a problem document without the status of a response: reading the job succeeds. What belongs to the
 * code (exit code, resource, reason...) are further members; RFC 9457's own members come last, so that no datum replaces them.
 */
export function jobError({ code, detail, data }: JobErrorRecord): NonNullable<JobView['error']> {
  const problem = problemOfJobError(code);
  const members: JobErrorRecord['data'] = {};
  for (const [name, value] of Object.entries(data)) members[name] = typeof value === 'string' ? forApi(value) : value;
  return { ...members, type: problemType(problem), title: PROBLEMS[problem].title, detail: forApi(detail) };

  // Senza's advice is for its command line.
  function forApi(text: string): string {
    return code === 'stack_has_traffic' ? text.replaceAll('--force', '"force": true') : text;
  }
}
