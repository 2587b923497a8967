import { JOB_KINDS } from '#jobs';
import { runnableKind } from '../engine/step.js';
import { findStack } from '../steps/find-stack.step.js';
import { newestWins } from '../steps/newest-wins.js';
import { patchImage } from '../steps/patch-image.step.js';
import { recordTraffic } from '../steps/traffic/record-traffic.js';
import { respawn } from '../steps/respawn.step.js';
import { scale } from '../steps/scale.step.js';
import { traffic as switchTraffic } from '../steps/traffic/traffic.step.js';

// A patch that had to wait must not undo a change that was submitted after it: Lizzy 2, which never waited, applied them in the
// order of submission.
const traffic = newestWins(recordTraffic(switchTraffic, { isNoChange: ({ new_traffic }) => new_traffic === 0 }));

/** Lizzy 2's `PATCH /api/stacks/{id}`, with the steps in Lizzy 2's order. */
export const patchStack = runnableKind(JOB_KINDS.patch_stack, ({ new_scale, new_ami_image, new_traffic }) => [
  findStack,
  ...(new_scale === null ? [] : [scale]),
  ...(new_ami_image === null ? [] : [patchImage, respawn]),
  ...(new_traffic === null ? [] : [traffic]),
]);
