import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as otherEvents } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { bulkhead } from 'cockatiel';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isNoneMatch } from '../http/entity-tag.js';
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

/** How much of a file is written to a connection at a time, in bytes: the kernel can take a millisecond for each 100 KiB. */
const PIECE_BYTES = 64 * 1024;

/** A file that is held in memory once and shared by all responses. */
interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  readonly compressed: Buffer;
  readonly etag: string;
}

async function staticFile(type: string, body: Buffer | string): Promise<StaticFile> {
  const bytes = Buffer.from(body);
  const etag = createHash('sha256').update(bytes).digest('base64url').slice(0, 27);
  return { type, body: bytes, compressed: await compress(bytes, { level: constants.Z_BEST_COMPRESSION }), etag };
}
const compress = promisify(gzip);

/**
 * Serves the OpenAPI document and Swagger UI, without authentication: they disclose nothing about jobs or stacks. Only the files that
 * the page needs are served.
 * @param document creates the document; called once, on the first request for it
 */
export function serveConsole(server: FastifyInstance, document: () => Promise<string>): void {
  const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const asset = (type: string, name: string) => () => staticFile(type, readFileSync(join(assets, name)));
  const page = (): Promise<StaticFile> => staticFile('text/html; charset=utf-8', PAGE);
  const files: Readonly<Record<string, () => Promise<StaticFile>>> = {
    [DOCUMENT_PATH]: async () => await staticFile('application/json', await document()),
    [CONSOLE_PATH]: page,
    [`${CONSOLE_PATH}/`]: page,
    [`${CONSOLE_PATH}/console.js`]: () => staticFile('text/javascript; charset=utf-8', SCRIPT),
    [`${CONSOLE_PATH}/swagger-ui-bundle.js`]: asset('text/javascript; charset=utf-8', 'swagger-ui-bundle.js'),
    [`${CONSOLE_PATH}/swagger-ui.css`]: asset('text/css; charset=utf-8', 'swagger-ui.css'),
    [`${CONSOLE_PATH}/favicon-32x32.png`]: asset('image/png', 'favicon-32x32.png'),
  };
  for (const [path, load] of Object.entries(files)) {
    let loaded: Promise<StaticFile> | null = null;
    server.get(path, { config: { public: true } }, async (request, reply) =>
      send(await (loaded ??= load()), request, reply),
    );
  }
}

function send(
  { type, body, compressed, etag }: StaticFile,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  allowPage(reply);
  const isCompressed = request.encoding(['gzip', 'identity']) === 'gzip';
  // A strong ETag is that of one encoding (RFC 9110, section 8.8.3.3).
  const tag = isCompressed ? `"${etag}-gzip"` : `"${etag}"`;
  reply.headers({ etag: tag, 'cache-control': 'public, no-cache', vary: 'accept-encoding' });
  if (isNoneMatch(request.headers['if-none-match'], tag)) return reply.code(304).send();
  if (isCompressed) reply.header('content-encoding', 'gzip');
  const bytes = isCompressed ? compressed : body;
  reply.type(type).header('content-length', bytes.length);
  // The rest only waits for the client to read.
  request.endTurn?.();
  return reply.send(bytes.length <= PIECE_BYTES ? bytes : Readable.from(pieces(bytes), { objectMode: false }));
}

/**
 * The pieces of a file. All responses together write one piece per iteration of the event loop, so large responses do not delay other
 * requests.
 */
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    await onePieceAtATime.execute(() => otherEvents());
    yield bytes.subarray(at, at + PIECE_BYTES);
  }
}
const onePieceAtATime = bulkhead(1, Infinity);
