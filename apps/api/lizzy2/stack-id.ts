import { stackNameSchema, stackVersionSchema } from '#definition';
import { ApiProblem } from '../problems/api-problem.js';

/** A stack as Lizzy 2's paths name it, `NAME-VERSION`. */
export interface StackId {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

/**
 * Splits the id of a stack at its last hyphen, as Lizzy 2 did. Names are literal: what could not be a stack's name is
 * the name of none.
 * @throws ApiProblem `stack_not_found`
 */
export function splitStackId(id: string): StackId {
  const hyphen = id.lastIndexOf('-');
  const name = stackNameSchema.safeParse(id.slice(0, Math.max(hyphen, 0)));
  const version = stackVersionSchema.safeParse(id.slice(hyphen + 1));
  if (!name.success || !version.success) throw stackNotFound(id);
  return { id, name: name.data, version: version.data };
}

/** There is no stack of this id. */
export function stackNotFound(id: string): ApiProblem {
  return new ApiProblem('stack_not_found', stackNotFoundDetail(id));
}

/** Lizzy 2's sentence. */
export function stackNotFoundDetail(id: string): string {
  return `Stack not found: ${id}`;
}
