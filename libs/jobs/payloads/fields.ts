import { parameterSchema, regionSchema, stackNameSchema, stackVersionSchema, tagsSchema } from '#definition';
import { z } from 'zod';

/** How long a definition may be, in UTF-8 bytes. */
export const DEFINITION_BYTES_LIMIT = 256 * 1024;
/** How many parameters a stack may have (CloudFormation's limit). */
const PARAMETERS_LIMIT = 200;

/** An optional field: null and absent are the same, and read as null. */
export function nullable<T extends z.ZodType>(
  schema: T,
): z.ZodType<NonNullable<z.output<T>> | null, z.input<T> | null | undefined> {
  return schema.nullish().transform((value) => value ?? null);
}

/** An optional boolean that is false unless given. */
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

/** The region of a request; null: the agent's own. */
export const region = nullable(regionSchema).meta({
  description: 'The AWS region; the agent’s own (`REGION`) when missing.',
});

/** A Senza definition. */
export const senzaYaml = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= DEFINITION_BYTES_LIMIT, 'must have 256 KiB at most')
  .meta({
    description: 'The Senza definition, as YAML. `SenzaInfo.StackName` names the stack.',
    examples: ['SenzaInfo:\n  StackName: hello\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n'],
  });

/** The values of a definition's parameters. */
export const parameters = z
  .array(parameterSchema)
  .max(PARAMETERS_LIMIT)
  .nullish()
  .transform((values) => values ?? [])
  .meta({ description: 'Values of the definition’s parameters: positional ones first, then `NAME=VALUE`.' });

/** The fields of a request that creates a stack. */
export const newStackFields = {
  senza_yaml: senzaYaml,
  stack_version: stackVersionSchema,
  parameters,
  tags: tagsSchema
    .nullish()
    .transform((tags) => tags ?? [])
    .meta({ description: 'Tags of the stack, each `KEY=VALUE`.' }),
  region,
  disable_rollback: flag.meta({ description: 'Keep the resources of a failed creation, to inspect them.' }),
  dry_run: flag.meta({ description: 'Have Senza check the definition without creating anything.' }),
};

const DEFAULT_TIMEOUT_SECONDS = 1800;
const MAX_TIMEOUT_SECONDS = 24 * 3600;

/** How long a job waits for CloudFormation to complete its stack, in seconds. */
export const timeoutSeconds = z
  .int()
  .min(1)
  .max(MAX_TIMEOUT_SECONDS)
  .nullish()
  .transform((seconds) => seconds ?? DEFAULT_TIMEOUT_SECONDS)
  .meta({ description: 'How long to wait for the stack to complete, in seconds (default 1800).' });

/** Which stack a change is about. */
export const stackReference = {
  stack_name: stackNameSchema,
  stack_version: stackVersionSchema,
  region,
};
