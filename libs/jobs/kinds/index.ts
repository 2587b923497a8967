import { z } from 'zod';
import { createStack } from './create-stack.js';
import { deleteStack } from './delete-stack.js';
import { deploy } from './deploy.js';
import { type JobKindDefinition } from './job-kind.js';
import { patchStack } from './patch-stack.js';
import { rollback } from './rollback.js';
import { updateStack } from './update-stack.js';

/** The closed list of job kinds. Everything that differs by kind, except for the steps, is in a kind's definition. */
export const JOB_KINDS = byName({
  deploy,
  create_stack: createStack,
  patch_stack: patchStack,
  update_stack: updateStack,
  delete_stack: deleteStack,
  rollback,
});

/** Lets the compiler compare the key of each kind with its name. */
function byName<Kinds extends { readonly [Name in keyof Kinds]: JobKindDefinition & { readonly name: Name } }>(
  kinds: Kinds,
): Kinds {
  return kinds;
}

/** The name of a job kind. */
export type JobKind = keyof typeof JOB_KINDS;

/** The names of all job kinds. */
export const jobKind = z.enum(Object.keys(JOB_KINDS));

/** Whether this version knows a job kind of this name. */
export function isJobKind(name: string): name is JobKind {
  return Object.hasOwn(JOB_KINDS, name);
}

export { agentTagCount, agentTags } from './agent-tags.js';
export * from './create-stack.js';
export * from './delete-stack.js';
export * from './deploy.js';
export * from './patch-stack.js';
export * from './rollback.js';
export * from './update-stack.js';
