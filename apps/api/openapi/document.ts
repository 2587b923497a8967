import { type ApiConfig, lizzyVersion } from '#config';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { YAML_MEDIA_TYPE } from '../http/request-body.js';
import { problemSchema } from '../problems/problem.error.js';
import { addExamples } from './add-examples.js';
import { downloadContent, LIZZY_2_TAG } from '../http/openapi.decorators.js';
import { DEFINITION } from './examples/index.js';
import { ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { setImmediate as otherEvents } from 'node:timers/promises';

const OPENAPI_VERSION = '3.1.0';
const SECURITY_SCHEME = 'bearer';

/** Pages that can also be downloaded as a whole. */
const DOWNLOADS = ['/api/jobs', '/api/audit'];

const DESCRIPTION = `Deploys CloudFormation stacks with Senza, for pipelines that hold no AWS credentials.

A change is accepted with 202 and becomes a job, whose URL is in \`Location\`. Errors are problem documents (RFC 9457).
Every response has \`X-Request-Id\`, \`X-Lizzy-Version\` and \`X-Senza-Version\`.`;

/**
 * Creates the document module by module, and lets other events happen in between: the whole takes some hundred milliseconds, and is
 * created on the first request for it.
 */
async function documentOf(app: NestFastifyApplication, base: Omit<OpenAPIObject, 'paths'>): Promise<OpenAPIObject> {
  const schemas: NonNullable<OpenAPIObject['components']>['schemas'] = {};
  const document: OpenAPIObject = { ...base, paths: {}, components: { ...base.components, schemas } };
  for (const { metatype, controllers } of app.get(ModulesContainer).values()) {
    if (controllers.size === 0) continue;
    const part = SwaggerModule.createDocument(app, base, { autoTagControllers: false, include: [metatype] });
    for (const [path, item] of Object.entries(part.paths)) document.paths[path] = { ...document.paths[path], ...item };
    Object.assign(schemas, part.components?.schemas);
    await otherEvents();
  }
  return document;
}

/** Creates the OpenAPI document of all controllers as JSON, from the schemas that validate the requests. */
export async function openApiJson(
  app: NestFastifyApplication,
  { deployerScope, tokenUrl }: ApiConfig,
): Promise<string> {
  const builder = new DocumentBuilder()
    .setTitle('Lizzy')
    .setVersion(lizzyVersion)
    .setDescription(DESCRIPTION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setOpenAPIVersion(OPENAPI_VERSION)
    .addTag('deployments', 'Create a stack, switch traffic to it and delete old versions, as one job')
    .addTag('jobs', 'Status, log and events of accepted changes; cancel and retry')
    .addTag('applications', 'Versions and traffic of an application; roll back')
    .addTag('stacks', 'Update a stack to another definition')
    .addTag('workers', 'Live workers and their health')
    .addTag(LIZZY_2_TAG, 'The API of Lizzy 2. A change responds when its job has finished')
    .addTag('audit', 'Who did what, for administrators')
    .addTag('health', 'Status of the agent, and probes')
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
  const document = await documentOf(app, builder.build());
  const deployment = document.paths['/api/deployments']?.post?.requestBody;
  if (deployment !== undefined && 'content' in deployment)
    deployment.content[YAML_MEDIA_TYPE] = { schema: { type: 'string' }, example: DEFINITION };
  for (const path of DOWNLOADS) {
    const page = document.paths[path]?.get?.responses['200'];
    if (page !== undefined && 'content' in page) Object.assign(page.content ?? {}, downloadContent);
  }
  addExamples(document);
  // `@nestjs/swagger` finds schemas of responses in JSON only; problems have a media type of their own.
  const { $defs = {}, ...problem } = z.toJSONSchema(problemSchema);
  const schemas = { ...document.components?.schemas, Problem: problem, ...$defs };
  const complete = { ...document, components: { ...document.components, schemas } };
  return JSON.stringify(complete).replaceAll('"#/$defs/', '"#/components/schemas/');
}
