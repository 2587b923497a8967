import { type JobKind } from '#jobs';
import { type AnyKind, anyKind } from '../engine/step.js';
import { createStack } from './create-stack.js';
import { deleteStack } from './delete-stack.js';
import { deploy } from './deploy.js';
import { patchStack } from './patch-stack.js';
import { rollback } from './rollback.js';
import { updateStack } from './update-stack.js';

/** The job kinds that this worker can run: one entry each. */
const KINDS: Readonly<Record<JobKind, AnyKind>> = {
  deploy: anyKind(deploy),
  create_stack: anyKind(createStack),
  patch_stack: anyKind(patchStack),
  update_stack: anyKind(updateStack),
  delete_stack: anyKind(deleteStack),
  rollback: anyKind(rollback),
};

/** The kinds that this worker knows, by name. A kind that is listed under another name fails the start. */
export const kinds: ReadonlyMap<string, AnyKind> = new Map(
  Object.entries(KINDS).map(([name, kind]) => {
    if (kind.name !== name) throw new Error(`the job kind ${kind.name} is registered as ${name}`);
    return [name, kind];
  }),
);
