import { stackNameSchema, stackVersionSchema } from '#definition';
import { regionSchema } from '#formats';
import { z } from 'zod';
import { ProblemError } from '../problems/problem.error.js';

/** A stack's name and, when given, one version of it. */
export interface StackReference {
  readonly name: string;
  readonly version: string | null;
}

// A reference of this form directly after a pair is a further version of the same name (senza/cli.py).
const FURTHER_VERSION = /^v[0-9][a-zA-Z0-9-]*$/;

/**
 * Reads references as Senza does (`get_stack_refs` in its cli.py), but literally, neither as files nor as regular
 * expressions: a name, then its version; then names and versions again. The last name can have no version.
 */
export function readReferences(words: readonly string[]): StackReference[] {
  const references: StackReference[] = [];
  for (let at = 0; at < words.length;) {
    const word = words[at] ?? '';
    const before = references.at(-1);
    if (before !== undefined && FURTHER_VERSION.test(word)) {
      references.push({ name: before.name, version: word });
      at += 1;
    } else {
      references.push({ name: word, version: words[at + 1] ?? null });
      at += 2;
    }
  }
  return references;
}

/** Whether one of the references matches a stack; no references match all stacks. */
export function isReferenced(
  stack: { readonly stack_name: string; readonly version: string },
  references: readonly StackReference[],
): boolean {
  if (references.length === 0) return true;
  return references.some(
    ({ name, version }) => name === stack.stack_name && (version === null || version === stack.version),
  );
}

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

/** A stack as Lizzy 2's paths name it, `NAME-VERSION`. */
export interface StackId {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

/**
 * Splits the id of a stack at its last hyphen, as Lizzy 2 did. Names are literal: an id that is no valid
 * stack name matches no stack.
 * @throws ProblemError `stack_not_found`
 */
export function splitStackId(id: string): StackId {
  const hyphen = id.lastIndexOf('-');
  const name = stackNameSchema.safeParse(id.slice(0, Math.max(hyphen, 0)));
  const version = stackVersionSchema.safeParse(id.slice(hyphen + 1));
  if (!name.success || !version.success) throw stackNotFound(id);
  return { id, name: name.data, version: version.data };
}

/** There is no stack of this id. */
export function stackNotFound(id: string): ProblemError {
  return new ProblemError('stack_not_found', stackNotFoundDetail(id));
}

/** The message of Lizzy 2. */
export function stackNotFoundDetail(id: string): string {
  return `Stack not found: ${id}`;
}
