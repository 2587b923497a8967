import { type ApiConfig, lizzyVersion } from '#config';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { LIZZY_2_TAG } from './decorators.js';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

const OPENAPI_VERSION = '3.1.0';
const SECURITY_SCHEME = 'bearer';

const DESCRIPTION = `Deploys CloudFormation stacks with Senza, for pipelines that hold no AWS credentials.

A change is accepted with 202 and becomes a job; follow it at \`Location\`. Problems are told as RFC 9457 says. Every
answer carries \`X-Request-Id\`, \`X-Lizzy-Version\` and \`X-Senza-Version\`.`;

/** Makes the OpenAPI document of all controllers, from the schemas that validate the requests. */
export function openApiDocument(app: NestFastifyApplication, { deployerScope, tokenUrl }: ApiConfig): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Lizzy')
    .setVersion(lizzyVersion)
    .setDescription(DESCRIPTION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setOpenAPIVersion(OPENAPI_VERSION)
    .addTag('deployments', 'Whole deployments')
    .addTag('jobs', 'What was accepted, and how far it is')
    .addTag(LIZZY_2_TAG, 'The API of Lizzy 2, for pipelines and clients that know it: each change waits for its job')
    .addTag('health', 'For whoever runs the agent; open to all')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'opaque',
        description:
          `An OAuth2 access token with the scope \`${deployerScope}\`, of a user who is allowed to deploy here, ` +
          `in the header \`Authorization: Bearer TOKEN\` only.${tokenUrl === null ? '' : ` Get one at ${tokenUrl}.`}`,
      },
      SECURITY_SCHEME,
    )
    .addSecurityRequirements(SECURITY_SCHEME);
  return SwaggerModule.createDocument(app, builder.build(), { autoTagControllers: false });
}

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
