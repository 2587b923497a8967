import { type ApiProblem } from './api-problem.js';
import { PROBLEMS, problemType } from './problems.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** An answer that tells a problem: status, headers, and the document in UTF-8. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes, since Fastify adds a charset to texts, which JSON does not have (RFC 8259, section 8.1). */
  readonly body: Buffer;
}

/** Writes a problem down as RFC 9457 says; `instance` is the id of the request. */
export function problemAnswer({ code, detail, parts }: ApiProblem, requestId: string): ProblemAnswer {
  const { status, title } = PROBLEMS[code];
  const errors = parts.errors === undefined ? {} : { errors: parts.errors };
  const document = { type: problemType(code), title, status, detail, instance: requestId, ...errors, ...parts.members };
  return {
    status,
    headers: { 'content-type': PROBLEM_MEDIA_TYPE, 'cache-control': 'no-store', ...parts.headers },
    body: Buffer.from(JSON.stringify(document)),
  };
}
