import { isSafeMethod } from '#auth';
import { type FastifyInstance } from 'fastify';
import { type IncomingMessage, type RequestListener } from 'node:http';
import { mediaTypeOf } from '../request-body.js';

/** Requests whose clients wait for a response before they send the body. */
const waiting = new WeakSet<IncomingMessage>();

/** Handles requests with `Expect: 100-continue` like others: Node would ask for the body of each, and a 401 would come after it. */
export function expectingContinue(handler: RequestListener): RequestListener {
  return (request, response) => {
    waiting.add(request);
    handler(request, response);
  };
}

/**
 * Asks for the body of a request (`100 Continue`) when it is going to be read: the request was let in, and neither its length nor its
 * media type is a reason to reject it (RFC 9110, section 10.1.1).
 */
export function continueBeforeBodies(server: FastifyInstance): void {
  server.addHook('preParsing', (request, { raw }, payload, done) => {
    const { headers, method, routeOptions } = request;
    const length = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : 1;
    const isRead = length > 0 && length <= routeOptions.bodyLimit && server.hasContentTypeParser(mediaTypeOf(request));
    if (waiting.has(request.raw) && isRead && !isSafeMethod(method)) raw.writeContinue();
    done(null, payload);
  });
}
