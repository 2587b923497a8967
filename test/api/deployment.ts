import { type JobClaim, type JobProgress } from '#jobs';
import { type TestApi } from '../support/api-in-process.js';
import { type Answer, type Job, type JobPage, jobPageSchema, jobSchema, type Problem, problemSchema } from '#client';

const DEFINITION = 'SenzaInfo:\n  StackName: hello\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n';

/** The body of a deployment that is fine, with these differences. */
export function deployment(differences: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { senza_yaml: DEFINITION, stack_version: 'v1', ...differences };
}

/** The job of an answer. */
export function jobOf({ json, status }: Answer): Job {
  const parsed = jobSchema.safeParse(json);
  if (!parsed.success)
    throw new Error(`the answer ${status} is no job: ${JSON.stringify(json)}`, { cause: parsed.error });
  return parsed.data;
}

let versions = 0;
/** Submits a deployment of a version of its own; returns the job's ID. */
export async function submitDeployment(api: TestApi): Promise<string> {
  versions += 1;
  return jobOf(await api.call('POST', '/api/deployments', { body: deployment({ stack_version: `v${versions}` }) })).id;
}

/** The jobs of a page of the history. */
export function pageOf({ json }: Answer): JobPage {
  return jobPageSchema.parse(json);
}

/** The problem of an answer. */
export function problemOf({ json }: Answer): Problem {
  return problemSchema.parse(json);
}

/** Which fields an answer complains about. */
export function pointersOf(answer: Answer): string[] {
  return (problemOf(answer).errors ?? []).map(({ pointer }) => pointer);
}

/** The progress of a claimed job at its end. */
export function ended(
  taken: JobClaim,
  status: 'succeeded' | 'failed',
  differences: Partial<JobProgress> = {},
): JobProgress {
  return { ...taken.job.progress, status, finished_at: new Date().toISOString(), waiting_for: null, ...differences };
}
