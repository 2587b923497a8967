import { type JobKind } from '#jobs';
import { type RunnableKind } from '../engine/step.js';
import { createStack } from './create-stack.js';
import { deleteStack } from './delete-stack.js';
import { deploy } from './deploy.js';
import { patchStack } from './patch-stack.js';
import { rollback } from './rollback.js';
import { updateStack } from './update-stack.js';

const KINDS: { readonly [Name in JobKind]: RunnableKind<Name> } = {
  deploy,
  create_stack: createStack,
  patch_stack: patchStack,
  update_stack: updateStack,
  delete_stack: deleteStack,
  rollback,
};

/** The job kinds that this worker can run, by name. */
export const kinds: ReadonlyMap<string, RunnableKind> = new Map(Object.entries(KINDS));
