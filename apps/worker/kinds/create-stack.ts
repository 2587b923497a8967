import { JOB_KINDS } from '#jobs';
import { runnableKind } from '../engine/step.js';
import { create } from '../steps/create.step.js';
import { removeFailed } from '../steps/remove-failed.step.js';
import { validate } from '../steps/create.step.js';

/** Lizzy 2's `POST /api/stacks`: the stack is created, and waiting, traffic and clean-up are the client's. */
export const createStack = runnableKind(JOB_KINDS.create_stack, (_payload, { retry }) => [
  ...(retry ? [removeFailed] : []),
  validate,
  create,
]);
