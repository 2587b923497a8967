import { JOB_KINDS } from '#jobs';
import { runnableKind } from '../engine/step.js';
import { findStack } from '../steps/find-stack.step.js';
import { patchImage } from '../steps/patch-image.step.js';
import { recordTraffic } from '../steps/record-traffic.js';
import { respawn } from '../steps/respawn.step.js';
import { scale } from '../steps/scale.step.js';
import { traffic as switchTraffic } from '../steps/traffic/traffic.step.js';

// As in Lizzy 2, a patch is applied when its turn comes: it supersedes older deployments, and is never superseded itself.
const traffic = recordTraffic(switchTraffic, { isNoChange: ({ new_traffic }) => new_traffic === 0 });

/** Lizzy 2's `PATCH /api/stacks/{id}`, its parts in Lizzy 2's order. */
export const patchStack = runnableKind(JOB_KINDS.patch_stack, ({ new_scale, new_ami_image, new_traffic }) => [
  findStack,
  ...(new_scale === null ? [] : [scale]),
  ...(new_ami_image === null ? [] : [patchImage, respawn]),
  ...(new_traffic === null ? [] : [traffic]),
]);
