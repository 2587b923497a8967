import { regionSchema } from '#definition';
import { z } from 'zod';
import { readReferences } from './references.js';

const region = regionSchema.optional();

/** The query of calls that read one stack. */
export const regionQuery = z.strictObject({ region });
export type RegionQuery = z.output<typeof regionQuery>;

/** The query of `GET /api/stacks`. */
export const stacksQuery = z.strictObject({
  references: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform((given) => {
      const words = [given ?? []].flat().flatMap((part) => part.split(','));
      return readReferences(words.filter((word) => word !== ''));
    })
    .meta({
      description: 'Which stacks, separated by commas: a name, or a name followed by a version. Names are literal.',
      examples: ['hello', 'hello,v1'],
    }),
  region,
});
export type StacksQuery = z.output<typeof stacksQuery>;
