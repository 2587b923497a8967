import { z } from 'zod';
import { DEFINITION_ERROR_CODES, DefinitionError } from '../errors/definition-error.js';
import { type Definition } from '../definition.js';

const positionSchema = z.object({ line: z.number(), column: z.number() });

const definitionSchema: z.ZodType<Definition> = z.object({
  text: z.string(),
  stackName: z.string(),
  stackNamePosition: positionSchema,
  parameters: z.array(
    z.object({
      name: z.string(),
      position: z.number(),
      hasDefault: z.boolean(),
      defaultValue: z.string().nullable(),
      noEcho: z.boolean(),
    }),
  ),
  tagKeys: z.array(z.string()),
  hasNoEcho: z.boolean(),
  hasDescription: z.boolean(),
  descriptionPlace: z.object({ index: z.number(), isFlow: z.boolean(), indentation: z.number() }),
  contentDigest: z.string(),
});

/** What a thread answers: `ready` once, then one answer for each text. */
export const answerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), threadId: z.string().nullable() }),
  z.object({ type: z.literal('parsed'), definition: definitionSchema }),
  z.object({
    type: z.literal('refused'),
    code: z.enum(DEFINITION_ERROR_CODES),
    message: z.string(),
    position: positionSchema.optional(),
    pointer: z.string(),
  }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
/** See {@link answerSchema}. */
export type Answer = z.infer<typeof answerSchema>;
/** An answer to a text. */
export type ParseAnswer = Exclude<Answer, { type: 'ready' }>;

/** The definition of an answer. @throws {DefinitionError}, and Error for a bug of the parser */
export function definitionOf(answer: ParseAnswer): Definition {
  switch (answer.type) {
    case 'parsed':
      return answer.definition;
    case 'refused':
      throw new DefinitionError(answer.code, answer.message, { position: answer.position, pointer: answer.pointer });
    case 'failed':
      throw new Error(`The parser of definitions failed: ${answer.message}`);
  }
}
