import {
  MAX_PARAMETERS,
  parameterSchema,
  regionSchema,
  stackVersionSchema,
  tagsSchema,
  imageSchema,
  newScaleSchema,
  percentageSchema,
  stackNameSchema,
} from '#definition';
import { z } from 'zod';
import { type JobKind } from '../model/job.js';

/** How long a definition may be, in UTF-8 bytes. */
export const DEFINITION_BYTES_LIMIT = 256 * 1024;

const senzaYaml = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= DEFINITION_BYTES_LIMIT, 'must have 256 KiB at most')
  .meta({
    description: 'The Senza definition, as YAML. `SenzaInfo.StackName` names the stack.',
    examples: ['SenzaInfo:\n  StackName: hello\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n'],
  });

/** What each request that creates a stack says; null is the same as missing everywhere. */
export const stackDefinitionFields = {
  senza_yaml: senzaYaml,
  stack_version: stackVersionSchema,
  parameters: z
    .array(parameterSchema)
    .max(MAX_PARAMETERS, `must be ${MAX_PARAMETERS} at most`)
    .nullish()
    .transform((parameters) => parameters ?? [])
    .meta({ description: 'Values of the definition’s parameters: positional ones first, then `NAME=VALUE`.' }),
  tags: tagsSchema
    .nullish()
    .transform((tags) => tags ?? [])
    .meta({ description: 'Tags of the stack, each `KEY=VALUE`.' }),
  region: regionSchema
    .nullish()
    .transform((region) => region ?? null)
    .meta({ description: 'The AWS region; the agent’s own (`REGION`) when missing.' }),
  disable_rollback: z
    .boolean()
    .nullish()
    .transform((flag) => flag ?? false)
    .meta({ description: 'Leave what a failed creation has made where it is, to look at it.' }),
  dry_run: z
    .boolean()
    .nullish()
    .transform((flag) => flag ?? false)
    .meta({ description: 'Have Senza check the definition without creating anything.' }),
};

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

const patchParts = patchStackPayload.pick({ new_scale: true, new_ami_image: true, new_traffic: true });

/**
 * Whether the first change that a job makes is one under the lock of its stack's name (a traffic switch, a deletion),
 * with nothing before it that may take long.
 */
export function takesNameLockOnSubmit(kind: JobKind, payload: unknown): boolean {
  switch (kind) {
    case 'delete_stack':
      return true;
    case 'patch_stack': {
      // What the payload's own schema refuses is told by the job's failure.
      const { data } = patchParts.safeParse(payload);
      return data !== undefined && data.new_traffic !== null && data.new_scale === null && data.new_ami_image === null;
    }
    case 'deploy':
    case 'create_stack':
      return false;
  }
}
