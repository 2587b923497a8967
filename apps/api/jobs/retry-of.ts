import { firstRequesterOf, type JobRecord, type JobStore } from '#jobs';

/** The job that a new one retries, who submitted its first attempt, and the jobs whose stacks count as the new one's own. */
export interface RetryOf {
  readonly of: string;
  readonly firstRequester: string;
  readonly owns: JobRecord['submission']['owns'];
}

/** What makes a new job a retry of this one. A stack is its own when it is younger than the first attempt of `create`. */
export function retryOf({ submission, progress }: JobRecord): RetryOf {
  const first = progress.steps.find(({ name }) => name === 'create')?.journal[0];
  const own = first === undefined ? [] : [{ job_id: submission.id, since: first.started_at }];
  return { of: submission.id, firstRequester: firstRequesterOf(submission), owns: [...submission.owns, ...own] };
}

/** The newest attempt at what this job was to do: the job itself unless it was retried. */
export async function lastAttempt(job: JobRecord, store: Pick<JobStore, 'get'>): Promise<JobRecord> {
  let last = job;
  while (last.retriedBy !== undefined) {
    const newer = await store.get(last.retriedBy);
    // A record that another program has changed must not lead back to itself.
    if (newer === null || newer.seq <= last.seq) break;
    last = newer;
  }
  return last;
}

/** Who may act on a job as its owner: the users who submitted its first attempt and this one. */
export function submittersOf(submission: JobRecord['submission']): readonly [first: string, last: string] {
  return [firstRequesterOf(submission), submission.requested_by];
}
