import { z } from 'zod';
import { MAX_TAGS } from './values.js';

const KEY = /^(?!-)[\p{L}\p{Nd} _.:/+@-]{1,128}$/u;
const VALUE = /^[^=\p{Cc}\u2028\u2029]{0,256}$/u;
// `aws:` is AWS's, the next three are Senza's (create_cf_template in its cli.py), `Lizzy*` is the agent's.
const RESERVED = /^(?:[aA][wW][sS]:.*|Lizzy.*|Name|StackName|StackVersion)$/s;

/** Whether a tag's key belongs to AWS, Senza or the agent. AWS ignores the case of its prefix. */
export function isReservedTagKey(key: string): boolean {
  return RESERVED.test(key);
}

/**
 * A tag of a deployment, `KEY=VALUE`. Neither part has a further `=`, because Senza splits at each of them
 * (`create` in its cli.py).
 */
export const tagSchema = z
  .string()
  .superRefine((tag, context) => {
    const problem = findProblem(tag);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ description: 'Tag of the stack, `KEY=VALUE`.', examples: ['Team=payments'] });

/** The tags of a deployment. */
export const tagsSchema = z
  .array(tagSchema)
  .max(MAX_TAGS, `must be ${MAX_TAGS} at most`)
  .superRefine((tags, context) => {
    const seen = new Set<string>();
    tags.forEach((tag, index) => {
      const key = tag.split('=', 1)[0] ?? '';
      if (seen.has(key))
        context.addIssue({ code: 'custom', path: [index], message: 'must not repeat the key of another tag' });
      seen.add(key);
    });
  });

function findProblem(tag: string): string | undefined {
  const [key = '', value, ...rest] = tag.split('=');
  if (value === undefined) return 'must be KEY=VALUE';
  if (rest.length > 0) return 'must have one "=" only';
  if (!KEY.test(key)) return 'must have a key of 1 to 128 letters, digits, spaces and _.:/+@-, not beginning with "-"';
  if (isReservedTagKey(key))
    return 'must not use a key of AWS (aws:), Senza (Name, StackName, StackVersion) or the agent (Lizzy)';
  if (!VALUE.test(value)) return 'must have a value of at most 256 characters without control characters';
  return undefined;
}
