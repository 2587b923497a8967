import { JOB_KINDS } from '#jobs';
import { runnableKind } from '../engine/step.js';
import { update } from '../steps/update.step.js';
import { waitFor } from '../steps/wait.step.js';

/** `PUT /api/stacks/{id}`: updates an existing stack and waits for CloudFormation. */
export const updateStack = runnableKind(JOB_KINDS.update_stack, ({ dry_run }) => [
  update,
  ...(dry_run ? [] : [waitFor('update')]),
]);
