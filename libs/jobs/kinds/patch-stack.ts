import { imageSchema, newScaleSchema, percentageSchema } from '#definition';
import { z } from 'zod';
import { flag, ifSuperseded, nullable, stackReference } from './fields.js';
import { defineJobKind } from './job-kind.js';
import { patchImageResult, respawnResult, scaleResult, trafficResult } from './step-results.js';

/** The payload of a `patch_stack` job: its changes are applied in this order; null ones are not. */
export const patchStackPayload = z.object({
  ...stackReference,
  new_scale: nullable(newScaleSchema),
  new_ami_image: nullable(imageSchema),
  new_traffic: nullable(percentageSchema),
  allow_traffic_loss: flag,
  if_superseded: ifSuperseded.meta({
    description:
      'What to do when a traffic change of the application that was submitted later has been applied meanwhile: `skip` the ' +
      'traffic change, and end as `superseded` (default; a caller that waits gets 202); `fail` (409); or `switch` the ' +
      'traffic all the same, unless the later change is a rollback.',
  }),
});
export type PatchStackPayload = z.output<typeof patchStackPayload>;

/** Lizzy 2's `PATCH /api/stacks/{id}`. */
export const patchStack = defineJobKind({
  name: 'patch_stack',
  payload: patchStackPayload,
  result: {
    scale: scaleResult.optional(),
    patch_image: patchImageResult.optional(),
    respawn_instances: respawnResult.optional(),
    traffic: trafficResult.optional(),
  },
  auditAction: 'patch_stack',
  startsWithNameLock: ({ new_scale, new_ami_image, new_traffic }) =>
    new_traffic !== null && new_scale === null && new_ami_image === null,
});
