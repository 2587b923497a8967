import { type ProblemCode } from './problems.js';

/** A field of a request that is wrong: where (RFC 6901, from the body's or the query's root), and why. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** What a problem says beside its code. */
export interface ProblemParts {
  readonly errors?: readonly FieldError[];
  /** Further members of the document (RFC 9457, section 3.2). */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that the API does not carry out. One filter makes the answer of it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  /** @param detail one sentence for the caller about this very request */
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly parts: ProblemParts = {},
  ) {
    super(`${code}: ${detail}`);
  }
}
