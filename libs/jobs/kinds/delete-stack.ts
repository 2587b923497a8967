import { z } from 'zod';
import { flag, stackReference } from './fields.js';
import { defineJobKind } from './job-kind.js';
import { deleteResult } from './step-results.js';

/** The payload of a `delete_stack` job. `force`: delete a stack that receives traffic, too. */
export const deleteStackPayload = z.object({ ...stackReference, dry_run: flag, force: flag });
export type DeleteStackPayload = z.output<typeof deleteStackPayload>;

/** Lizzy 2's `DELETE /api/stacks/{id}`. */
export const deleteStack = defineJobKind({
  name: 'delete_stack',
  payload: deleteStackPayload,
  result: { delete: deleteResult.optional() },
  auditAction: 'delete_stack',
  startsWithNameLock: () => true,
});
