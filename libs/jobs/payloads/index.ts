import { z } from 'zod';
import { createStack } from './create-stack.js';
import { deleteStack } from './delete-stack.js';
import { deploy } from './deploy.js';
import { type JobKindDefinition } from './job-kind.js';
import { patchStack } from './patch-stack.js';
import { rollback } from './rollback.js';
import { updateStack } from './update-stack.js';

/** The closed list of job kinds. */
export const JOB_KINDS = {
  deploy,
  create_stack: createStack,
  patch_stack: patchStack,
  update_stack: updateStack,
  delete_stack: deleteStack,
  rollback,
} as const satisfies Record<string, JobKindDefinition>;

/** The name of a job kind. */
export type JobKind = keyof typeof JOB_KINDS;

/** The names of all job kinds. */
export const jobKind = z.enum(Object.keys(JOB_KINDS));

/** Whether this version knows a job kind of this name. */
export function isJobKind(name: string): name is JobKind {
  return Object.hasOwn(JOB_KINDS, name);
}

export { agentTagCount, agentTags } from './agent-tags.js';
export { type CreateStackPayload, createStackPayload } from './create-stack.js';
export { type DeleteStackPayload, deleteStackPayload } from './delete-stack.js';
export { type DeployPayload, deployPayload } from './deploy.js';
export { type PatchStackPayload, patchStackPayload } from './patch-stack.js';
export { type RollbackPayload, rollbackPayload } from './rollback.js';
export { type UpdateStackPayload, updateStackPayload } from './update-stack.js';
