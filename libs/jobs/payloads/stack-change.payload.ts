import {
  imageSchema,
  newScaleSchema,
  percentageSchema,
  regionSchema,
  stackNameSchema,
  stackVersionSchema,
} from '#definition';
import { z } from 'zod';
import { stackDefinitionFields } from './stack-definition.payload.js';

const nullable = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

/** Which stack a change is about. */
const stackReference = {
  stack_name: stackNameSchema,
  stack_version: stackVersionSchema,
  region: nullable(regionSchema),
};

/**
 * The payload of a `create_stack` job (Lizzy 2's `POST /api/stacks`): `keep_stacks` and `new_traffic` only become tags.
 */
export const createStackPayload = z.object({
  ...stackDefinitionFields,
  keep_stacks: nullable(z.int().min(0)),
  new_traffic: nullable(percentageSchema),
});
export type CreateStackPayload = z.output<typeof createStackPayload>;

/** The payload of a `patch_stack` job: its parts are carried out in this order, null ones are not. */
export const patchStackPayload = z.object({
  ...stackReference,
  new_scale: nullable(newScaleSchema),
  new_ami_image: nullable(imageSchema),
  new_traffic: nullable(percentageSchema),
  allow_traffic_loss: flag,
});
export type PatchStackPayload = z.output<typeof patchStackPayload>;

/** The payload of a `delete_stack` job. `force`: delete a stack that receives traffic, too. */
export const deleteStackPayload = z.object({ ...stackReference, dry_run: flag, force: flag });
export type DeleteStackPayload = z.output<typeof deleteStackPayload>;
