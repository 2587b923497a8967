import { z } from 'zod';
import { ApiProblem, type FieldError } from './api-problem.js';

/** How many wrong fields the detail names; `errors` names all. */
const NAMED_IN_DETAIL = 5;

/** An issue as zod reports it; `keys` are those that the schema does not know. */
const issueSchema = z.object({
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])).default([]),
  keys: z.array(z.string()).optional(),
});

/** Makes a problem that names every wrong field of a request. @param issues of a zod schema */
export function validationProblem(issues: readonly unknown[]): ApiProblem {
  return fieldProblem(issues.flatMap((issue) => fieldErrors(issueSchema.parse(issue))));
}

/** A problem about these fields. */
export function fieldProblem(errors: readonly FieldError[]): ApiProblem {
  const count = errors.length === 1 ? '1 wrong field' : `${errors.length} wrong fields`;
  // Lizzy 2's client shows its user the detail, and nothing else.
  const named = errors.slice(0, NAMED_IN_DETAIL).map(({ pointer, detail }) => `${pointer || 'the body'} ${detail}`);
  return new ApiProblem('invalid_request', `The request has ${count}: ${named.join('; ')}`, { errors });
}

/** A path as a JSON pointer (RFC 6901, section 3). */
export function jsonPointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function fieldErrors({ message, path, keys }: z.output<typeof issueSchema>): FieldError[] {
  if (keys !== undefined) return keys.map((key) => ({ pointer: jsonPointer([...path, key]), detail: 'is unknown' }));
  const detail = message.endsWith('received undefined') ? 'is required' : message;
  return [{ pointer: jsonPointer(path), detail }];
}
