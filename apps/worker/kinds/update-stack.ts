import { updateStackPayload, type UpdateStackPayload } from '#jobs';
import { type Kind } from '../engine/step.js';
import { update } from '../steps/update.step.js';
import { waitFor } from '../steps/wait.step.js';

/** `PUT /api/stacks/{id}`: updates an existing stack and waits for CloudFormation. */
export const updateStack: Kind<UpdateStackPayload> = {
  name: 'update_stack',
  payload: updateStackPayload,
  steps: ({ dry_run }) => [update, ...(dry_run ? [] : [waitFor('update')])],
};
