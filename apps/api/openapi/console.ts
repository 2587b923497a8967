import { type ApiConfig } from '#config';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { openApiDocument } from './document.js';

const CONSOLE_PATH = '/api/ui';
const DOCUMENT_PATH = '/api/swagger.json';

// Swagger UI sets styles from its scripts and shows pictures from data URLs; scripts come from this server only.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Whether a route belongs to the console or is the document: they are open, since they say nothing about anybody. */
export function isConsoleRoute(pattern: string): boolean {
  return pattern === DOCUMENT_PATH || pattern === CONSOLE_PATH || pattern.startsWith(`${CONSOLE_PATH}/`);
}

/** Serves the OpenAPI document and a console for people. The document is made when somebody first asks for it. */
export function serveConsole(app: NestFastifyApplication, config: ApiConfig): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', (request, reply, _payload, done) => {
      if (isConsoleRoute(request.routeOptions.url ?? ''))
        reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      done();
    });
  SwaggerModule.setup(CONSOLE_PATH.slice(1), app, () => openApiDocument(app, config), {
    jsonDocumentUrl: DOCUMENT_PATH.slice(1),
    raw: ['json'],
    customSiteTitle: 'Lizzy',
    swaggerOptions: { persistAuthorization: false, displayRequestDuration: true, validatorUrl: null },
  });
}
