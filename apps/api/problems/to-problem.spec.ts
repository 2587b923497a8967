import { AccessDeniedError, TokenServiceUnavailableError } from '#auth';
import { DefinitionError } from '#definition';
import { describe, expect, it } from '@jest/globals';
import { NotFoundException, PayloadTooLargeException, UnsupportedMediaTypeException } from '@nestjs/common';
import { problemAnswer, ProblemError } from './problem.error.js';
import { toProblem } from './to-problem.js';

function answerTo(error: unknown): { status: number; document: unknown; headers: Readonly<Record<string, string>> } {
  const { status, body, headers } = problemAnswer(toProblem(error), 'request-1');
  return { status, document: JSON.parse(body.toString()), headers };
}

describe('the problem of', () => {
  it.each([
    ['an unknown path', new NotFoundException(), 404, 'not-found'],
    ['a large body', new PayloadTooLargeException(), 413, 'body-too-large'],
    ['XML', new UnsupportedMediaTypeException(), 415, 'unsupported-media-type'],
    ['a lost Redis', new Error('Connection is closed.'), 503, 'store-unavailable'],
    ['a lost token service', new TokenServiceUnavailableError('no response'), 503, 'token-service-unavailable'],
    ['a wrong definition', new DefinitionError('not_a_mapping', 'no mapping'), 400, 'invalid-definition'],
    ['a wrong token', new AccessDeniedError('invalid_token'), 401, 'unauthorized'],
    ['a missing scope', new AccessDeniedError('insufficient_scope', 'deploy'), 403, 'forbidden'],
  ])('%s', (_name, error, status, kind) => {
    const answer = answerTo(error);
    expect(answer.status).toBe(status);
    expect(answer.document).toMatchObject({ type: `urn:lizzy:problem:${kind}`, status, instance: 'request-1' });
  });

  it('a defect does not disclose its message', () => {
    const answer = answerTo(new Error('password is hunter2'));
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });

  it('a request with hidden characters has them escaped', () => {
    const detail = 'a\u202eb\u2028c\u0085d\u007f';
    const { body } = problemAnswer(new ProblemError('malformed_request', detail), 'request-1');
    expect(body.toString()).toContain('"detail":"a\\u202eb\\u2028c\\u0085d\\u007f"');
    expect(JSON.parse(body.toString())).toMatchObject({ detail });
  });

  it('an outage has a Retry-After', () => {
    expect(answerTo(new Error('Command timed out')).headers['retry-after']).toBe('3');
  });
});
