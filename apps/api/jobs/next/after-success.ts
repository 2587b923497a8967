import { isJobKind, type JobRecord } from '#jobs';
import { z } from 'zod';
import { callsOf } from './job-next-subject.js';

/** What is read of the result of a job that has changed weights. */
const changedTraffic = z.object({
  traffic: z.object({
    changed: z.literal(true),
    domains: z.array(z.object({ weights_before: z.record(z.string(), z.number()) })),
  }),
  clean_up: z.object({ deleted: z.array(z.string()) }).optional(),
});

/**
 * What the caller can see and do after a job has succeeded; empty for any other job. A deletion is not complete then: see `nextSteps`.
 * Lists leave it out: most of their jobs have succeeded.
 */
export function afterSuccess(job: JobRecord): string[] {
  const { submission, progress } = job;
  if (progress.status !== 'succeeded' || !isJobKind(submission.kind)) return [];
  if (submission.dry_run) return ['Nothing was changed. To make the change, submit the request without "dry_run".'];
  const calls = callsOf(job);
  const stack = `${submission.stack_name}-${submission.stack_version}`;
  const see = `See the stack ${stack}: ${calls.seeStack}.`;
  const seeTraffic = `See the versions and their traffic: ${calls.seeApplication}.`;
  const change = changedTraffic.safeParse(progress.result).data;
  const undo =
    change !== undefined && canBeUndone(change) ? [`Restore the weights from before this job: ${calls.undo}.`] : [];
  switch (submission.kind) {
    case 'deploy':
    case 'create_stack':
      if (change === undefined) return [see, `If it has a weighted domain, send traffic to it: ${calls.sendTraffic}.`];
      return [see, seeTraffic, ...undo];
    case 'patch_stack':
      return change === undefined ? [see] : [seeTraffic, ...undo];
    case 'update_stack':
      return [see];
    case 'rollback':
      return [seeTraffic];
    case 'delete_stack':
      return [];
  }
}

/** Whether the clean-up has left the versions that received traffic before. */
function canBeUndone({ traffic, clean_up }: z.output<typeof changedTraffic>): boolean {
  const deleted = clean_up?.deleted ?? [];
  return !traffic.domains.some(({ weights_before: before }) => deleted.some((stack) => (before[stack] ?? 0) > 0));
}
