import helmet from '@fastify/helmet';
import { type FastifyInstance, type FastifyReply } from 'fastify';

/** Two years, as browsers' preload lists ask for. */
const STRICT_TRANSPORT_SECURITY = 'max-age=63072000; includeSubDomains';

/**
 * Header fields against attacks on browsers, on every response. Responses of the API are no pages: nothing in them may run, be
 * framed or be stored. Routes that serve pages set their own `Content-Security-Policy` and `Cache-Control`.
 */
export async function registerSecurityHeaders(server: FastifyInstance): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    frameguard: { action: 'deny' },
    hsts: false,
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    // Browsers ignore it without TLS (RFC 6797, section 7.2). A trusted proxy says by X-Forwarded-Proto what it received.
    if (request.protocol === 'https') reply.header('strict-transport-security', STRICT_TRANSPORT_SECURITY);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    done();
  });
}

/** The same for the rare responses that are sent without Fastify's hooks. They are all problem documents. */
export const BASIC_SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

/** Allows a page and its scripts, styles and images of this server, for instance the console. */
export function allowPage(reply: FastifyReply): void {
  reply.header('content-security-policy', PAGE_POLICY);
}

// Swagger UI sets styles from its scripts and shows images from data URLs; scripts come from this server only.
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
