import { JOB_KINDS } from '#jobs';
import { runnableKind } from '../engine/step.js';
import { deletion } from '../steps/delete.step.js';

/** Lizzy 2's `DELETE /api/stacks/{id}`: done when CloudFormation has accepted the deletion. */
export const deleteStack = runnableKind(JOB_KINDS.delete_stack, () => [deletion]);
