import { historyValues, permanentValues } from '../history/filter.js';
import { type EventSubject } from '../events/job-event.js';
import { type JobSubmission } from '../model/job.js';
import { type JobKeys } from '../redis/keys.js';

/** The keys of scripts that append events: job, events, feed, position of the feed, channel. */
export function eventKeys(keys: JobKeys, id: string): string[] {
  return [keys.job(id), keys.events(id), keys.feed, keys.feedPosition, keys.jobEvents];
}

/** The indexes of a job that do not depend on its status. */
export function permanentIndexes(keys: JobKeys, submission: JobSubmission): string[] {
  return [keys.index('all'), ...permanentValues(submission).map(([field, value]) => keys.index(field, value))];
}

/** The job as the feed of all jobs names it, as JSON. */
export function subjectOf(submission: JobSubmission): string {
  const { kind, stack_name, stack_version, region, requested_by } = submission;
  const { commit } = historyValues(submission, 'queued');
  // The script of the submission sets the time.
  const created_at = submission.created_at === '' ? null : submission.created_at;
  const { id } = submission;
  const subject: EventSubject = { id, kind, stack_name, stack_version, region, requested_by, commit, created_at };
  return JSON.stringify(subject);
}
