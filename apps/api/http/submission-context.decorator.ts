import { createHash } from 'node:crypto';
import { type Caller } from '#auth';
import { type AuditOrigin } from '#jobs';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { callerOf } from './caller.decorator.js';
import { clientAddress } from '../core/client-address.js';
import { fieldProblem } from '../problems/validation-problem.js';

/** A digest of JSON data (a property that is undefined counts as missing) that does not depend on the order of its properties. */
export function fingerprint(data: unknown): string {
  return createHash('sha256').update(canonical(data)).digest('base64url');
}

function canonical(data: unknown): string {
  if (Array.isArray(data)) return `[${data.map(canonical).join(',')}]`;
  if (typeof data !== 'object' || data === null) return JSON.stringify(data);
  const entries = Object.entries(data).filter(([, value]) => value !== undefined);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${canonical(value)}`).join(',')}}`;
}

/** Where a change comes from: who wants it, in which request, under which idempotency key. */
export interface SubmissionContext {
  readonly caller: Caller;
  readonly requestId: string;
  /** A digest of key, user, method and path; null without an `Idempotency-Key`. */
  readonly idempotencyDigest: string | null;
  /** For the audit trail. */
  readonly origin: AuditOrigin;
  /** Called when the change is accepted: from then on, a failure of the request is no rejection of the change. */
  readonly accepted: () => void;
}

/** The form of an `Idempotency-Key`: 1 to 255 printable ASCII characters. */
export const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/** The {@link SubmissionContext} of a changing call, as a parameter of its method. */
export const Submission = createParamDecorator((_data: unknown, context: ExecutionContext): SubmissionContext => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const caller = callerOf(request);
  const { auditAction: action } = request.routeOptions.config;
  if (action === undefined) throw new TypeError(`the route ${request.routeOptions.url ?? ''} has no auditAction`);
  return {
    caller,
    requestId: request.id,
    idempotencyDigest: digestOf(request, caller),
    origin: { action, realm: caller.realm, client: caller.clientId, address: clientAddress(request) },
    accepted: () => {
      request.isAccepted = true;
    },
  };
});

function digestOf(request: FastifyRequest, { realm, uid }: Caller): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
    throw fieldProblem([{ pointer: '/Idempotency-Key', detail: 'must be 1 to 255 printable ASCII characters' }]);
  }
  return fingerprint([key, realm, uid, request.method, canonicalPath(request.url)]);
}

/** The path of a URL that the router has accepted, however its characters are percent-encoded (RFC 3986, section 6.2.2). */
export function canonicalPath(url: string): string {
  const [path = ''] = url.split(/[?#]/);
  return path
    .split('/')
    .map((segment) => encodeURIComponent(decodeURIComponent(segment)))
    .join('/');
}
