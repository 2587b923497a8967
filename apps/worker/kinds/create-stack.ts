import { createStackPayload, type CreateStackPayload } from '#jobs';
import { type Kind } from '../engine/step.js';
import { create } from '../steps/create.step.js';
import { removeFailed } from '../steps/remove-failed.step.js';
import { validate } from '../steps/create.step.js';

/** Lizzy 2's `POST /api/stacks`: the stack is created, and waiting, traffic and clean-up are the client's. */
export const createStack: Kind<CreateStackPayload> = {
  name: 'create_stack',
  payload: createStackPayload,
  steps: (_payload, { retry }) => [...(retry ? [removeFailed] : []), validate, create],
};
