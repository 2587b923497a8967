import { deployPayload, type DeployPayload } from '#jobs';
import { type Kind } from '../engine/step.js';
import { cleanUp } from '../steps/clean-up.step.js';
import { create } from '../steps/create.step.js';
import { removeFailed } from '../steps/remove-failed.step.js';
import { traffic } from '../steps/traffic/traffic.step.js';
import { validate } from '../steps/create.step.js';
import { waitFor } from '../steps/wait.step.js';

/** A whole deployment: create the stack, wait for it, and, as wished, switch traffic and clean up. */
export const deploy: Kind<DeployPayload> = {
  name: 'deploy',
  payload: deployPayload,
  steps: ({ dry_run, new_traffic, keep_stacks }, { retry }) => [
    ...(retry ? [removeFailed] : []),
    validate,
    create,
    ...(dry_run ? [] : [waitFor('create')]),
    ...(dry_run || new_traffic === null ? [] : [traffic]),
    ...(dry_run || keep_stacks === null ? [] : [cleanUp]),
  ],
};
