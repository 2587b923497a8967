import { MAX_PARAMETERS, parameterSchema, stackNameSchema, stackVersionSchema, tagsSchema } from '#definition';
import { hasHiddenCharacter, regionSchema } from '#formats';
import { z } from 'zod';

/** How long a definition may be, in UTF-8 bytes. */
const DEFINITION_BYTES_LIMIT = 256 * 1024;

/** An optional field: null and absent are the same, and read as null. */
export function nullable<T extends z.ZodType>(
  schema: T,
): z.ZodType<NonNullable<z.output<T>> | null, z.input<T> | null | undefined> {
  return schema.nullish().transform((value) => value ?? null);
}

/** What a job does when a traffic change that was submitted later has been applied. */
export const ifSuperseded = z
  .enum(['skip', 'switch', 'fail'])
  .nullish()
  .transform((choice) => choice ?? 'skip');

/** An optional boolean that is false unless given. */
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

/** The region of a request; null: the agent's own. */
const region = nullable(regionSchema).meta({
  description: 'The AWS region; the agent’s own (`REGION`) when missing.',
});

/** A Senza definition. */
export const senzaYaml = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= DEFINITION_BYTES_LIMIT, 'must have 256 KiB at most')
  .meta({
    description:
      'The Senza definition, as YAML 1.1 or JSON. `SenzaInfo.StackName` names the stack; it can be a template of `{{Arguments.NAME}}`. At most 256 KiB, 300 levels, 100,000 values and 500 anchors.',
    examples: ['SenzaInfo:\n  StackName: hello\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n'],
  });

/** The values of a definition's parameters. */
export const parameters = z
  .array(parameterSchema)
  .max(MAX_PARAMETERS, `must be ${MAX_PARAMETERS} at most`)
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

const sourceText = (max: number): z.ZodType<string | null> =>
  z
    .string()
    .max(max)
    .refine((text) => !hasHiddenCharacter(text), 'must not contain control, bidirectional or invisible characters')
    .nullish()
    .transform((text) => text ?? null);

/** Where a change comes from, as its submitter describes it. */
export const source = nullable(
  z
    .strictObject({
      commit: sourceText(100).meta({ description: 'The commit; the history can be filtered by it.' }),
      // It is shown as a link: no script may be one.
      url: sourceText(2048)
        .refine((url) => url === null || /^https?:\/\//i.test(url), 'must begin with https:// or http://')
        // Git URLs of CI systems can have a token there, and everybody who reads the history sees it.
        .refine((url) => url === null || !/^https?:\/\/[^/?#]*@/i.test(url), 'must not have a user name or password')
        .meta({ description: 'A page about it, for instance the pipeline run.' }),
      actor: sourceText(256).meta({ description: 'The person or system that triggered it.' }),
      message: sourceText(1000).meta({ description: 'What it is about, for instance the first line of the commit.' }),
    })
    .meta({
      id: 'SourceInput',
      description: 'Where a change comes from. Shown with the job; Lizzy does not interpret it.',
    }),
);

/** Which stack a change is about. */
export const stackReference = {
  stack_name: stackNameSchema,
  stack_version: stackVersionSchema,
  region,
};
