import { deleteStackPayload, type DeleteStackPayload } from '#jobs';
import { type Kind } from '../engine/step.js';
import { deletion } from '../steps/delete.step.js';

/** Lizzy 2's `DELETE /api/stacks/{id}`: done when CloudFormation has accepted the deletion. */
export const deleteStack: Kind<DeleteStackPayload> = {
  name: 'delete_stack',
  payload: deleteStackPayload,
  steps: () => [deletion],
};
