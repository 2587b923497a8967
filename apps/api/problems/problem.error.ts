import { replaceHiddenCharacters } from '#formats';
import { type ProblemCode, PROBLEMS, problemType } from './problem-catalogue.js';
import { z } from 'zod';

/** A field of a request that is wrong: where (RFC 6901, from the body's or the query's root), and why. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** The details of a problem besides its code. */
export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  /** Further members of the document (RFC 9457, section 3.2). */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that the API rejects. One filter converts it to a response. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  /** @param detail one sentence for the caller about this very request */
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly parts: ProblemOptions = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/** A 405 with `Allow` (RFC 9110, section 15.5.6). @param allowed the methods that the path accepts; empty: there is no such path */
export function methodNotAllowed(allowed: readonly string[]): ProblemError {
  const allow = allowed.join(', ');
  const detail = allow === '' ? 'The server does not know this method and this path' : `This path accepts ${allow}`;
  return new ProblemError('method_not_allowed', detail, { headers: { allow } });
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** A problem as a response: status, headers, and the document in UTF-8. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes, since Fastify adds a charset to texts, which JSON does not have (RFC 8259, section 8.1). */
  readonly body: Buffer;
}

/**
 * A problem repeats parts of the request. Hidden characters in them must not reach the terminal or the log that shows it, so they are
 * written as escape sequences, which mean the same in JSON.
 */
function jsonBody(document: object): Buffer {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return Buffer.from(replaceHiddenCharacters(JSON.stringify(document), escape));
}

/** Converts a problem to a response (RFC 9457); `instance` is the ID of the request. */
export function problemAnswer({ code, detail, parts }: ProblemError, requestId: string): ProblemAnswer {
  const { status, title } = PROBLEMS[code];
  const errors = parts.errors === undefined ? {} : { errors: parts.errors };
  const document = { type: problemType(code), title, status, detail, instance: requestId, ...errors, ...parts.members };
  return {
    status,
    headers: { 'content-type': PROBLEM_MEDIA_TYPE, 'cache-control': 'no-store', ...parts.headers },
    body: jsonBody(document),
  };
}

const fieldError = z
  .object({
    pointer: z.string().meta({
      description:
        'The field: a JSON pointer (RFC 6901) into the body or the query; empty for the whole body or query.',
    }),
    detail: z.string().meta({ description: 'Why the field is invalid.' }),
  })
  .meta({ id: 'FieldError', description: 'A field of the request that is wrong.' });

const problemMembers = {
  type: z.string().meta({ description: 'Identifies the kind of problem; stable, for programs.' }),
  title: z
    .string()
    .meta({ description: 'A short summary of the kind of problem; the same for each problem of the kind.' }),
  detail: z.string().meta({ description: 'What is wrong with this request.' }),
};

/** Why a job failed: a problem document without `status`, since no HTTP request failed. */
export const jobErrorSchema = z.looseObject(problemMembers).meta({
  id: 'JobError',
  description: 'Why a job failed. Some kinds have further members, for instance `resource` and `reason`.',
});

/** A problem document (RFC 9457). */
export const problemSchema = z
  .looseObject({
    ...problemMembers,
    status: z.int().meta({ description: 'The HTTP status.' }),
    instance: z.string().optional().meta({ description: 'The id of the request, as in `X-Request-Id`.' }),
    errors: z.array(fieldError).optional().meta({ description: 'The wrong fields of the request; the first hundred.' }),
  })
  .meta({
    id: 'Problem',
    description: 'What went wrong (RFC 9457). Some kinds have further members, for instance `job_id`.',
    examples: [
      {
        type: 'urn:lizzy:problem:invalid-request',
        title: 'Invalid request',
        status: 400,
        detail: 'The request has 1 wrong field',
        instance: '0d9c0d4b-55d5-4b50-9a3a-2f6d9f1f8a11',
        errors: [{ pointer: '/stack_version', detail: 'must be 1 to 100 letters and digits' }],
      },
    ],
  });

/** The problem document of something that has failed in a worker. */
export type FailureDocument = z.output<typeof problemSchema>;

/** What a caller has waited for has failed in a worker: the failure is the answer. It is no error of the API. */
export class JobFailedProblem extends Error {
  override readonly name = 'JobFailedProblem';

  /** @param headers of the response, in addition to those of every problem */
  constructor(
    readonly document: FailureDocument,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(document.detail);
  }

  /** The response to the caller. */
  answer(requestId: string): ProblemAnswer {
    return {
      status: this.document.status,
      headers: { 'content-type': PROBLEM_MEDIA_TYPE, 'cache-control': 'no-store', ...this.headers },
      body: jsonBody({ ...this.document, instance: requestId }),
    };
  }
}
