import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { allowPage } from '../http/security-headers.js';

const CONSOLE_PATH = '/api/ui';
const DOCUMENT_PATH = '/api/swagger.json';

const PAGE = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Lizzy</title>
    <base href="${CONSOLE_PATH}/">
    <link rel="stylesheet" href="swagger-ui.css">
    <link rel="icon" type="image/png" href="favicon-32x32.png" sizes="32x32">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="swagger-ui-bundle.js"></script>
    <script src="console.js"></script>
  </body>
</html>
`;

const SCRIPT = `window.ui = SwaggerUIBundle({
  url: '${DOCUMENT_PATH}',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/** A file that is held in memory once and shared by all responses. */
interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

function staticFile(type: string, body: Buffer | string): StaticFile {
  const bytes = Buffer.from(body);
  return { type, body: bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` };
}

/**
 * Serves the OpenAPI document and Swagger UI, without authentication: they disclose nothing about jobs or stacks. Only the files that
 * the page needs are served.
 * @param document creates the document; called once, on the first request for it
 */
export function serveConsole(server: FastifyInstance, document: () => string): void {
  const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const asset = (type: string, name: string) => () => staticFile(type, readFileSync(join(assets, name)));
  const page = (): StaticFile => staticFile('text/html; charset=utf-8', PAGE);
  const files: Readonly<Record<string, () => StaticFile>> = {
    [DOCUMENT_PATH]: () => staticFile('application/json', document()),
    [CONSOLE_PATH]: page,
    [`${CONSOLE_PATH}/`]: page,
    [`${CONSOLE_PATH}/console.js`]: () => staticFile('text/javascript; charset=utf-8', SCRIPT),
    [`${CONSOLE_PATH}/swagger-ui-bundle.js`]: asset('text/javascript; charset=utf-8', 'swagger-ui-bundle.js'),
    [`${CONSOLE_PATH}/swagger-ui.css`]: asset('text/css; charset=utf-8', 'swagger-ui.css'),
    [`${CONSOLE_PATH}/favicon-32x32.png`]: asset('image/png', 'favicon-32x32.png'),
  };
  for (const [path, load] of Object.entries(files)) {
    let loaded: StaticFile | null = null;
    server.get(path, { config: { public: true } }, (request, reply) => send((loaded ??= load()), request, reply));
  }
}

function send({ type, body, etag }: StaticFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  allowPage(reply);
  reply.headers({ etag, 'cache-control': 'public, no-cache' });
  const isKnown = request.headers['if-none-match']?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  return isKnown === true ? reply.code(304).send() : reply.type(type).send(body);
}
