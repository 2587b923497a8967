import { parameterSchema, regionSchema, stackVersionSchema, tagsSchema } from '#definition';
import { z } from 'zod';

/** How long a definition may be, in UTF-8 bytes. */
export const DEFINITION_BYTES_LIMIT = 256 * 1024;
/** How many parameters a deployment may have (CloudFormation's own limit). */
const PARAMETERS_LIMIT = 200;

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
    .max(PARAMETERS_LIMIT)
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
