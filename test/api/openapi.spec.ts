import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startApiTest } from '../support/api-test.js';

const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()),
  security: z.array(z.unknown()).optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string().min(1) })),
});
const documentSchema = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

const { api } = await startApiTest();
const document = documentSchema.parse((await api.call('GET', '/api/swagger.json')).json);

describe('the OpenAPI document', () => {
  it('is valid for two validators', () => {
    const script = join(import.meta.dirname, 'validate-openapi.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script], {
      input: JSON.stringify(document),
      encoding: 'utf8',
    });
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  });

  it('has every route, with full paths', () => {
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = api.routes
      .filter(({ method, pattern }) => !['HEAD', 'OPTIONS'].includes(method) && !/^\/api\/(ui|swagger)/.test(pattern))
      .map(({ method, pattern }) => `${method} ${pattern.replace(/:(\w+)/g, '{$1}')}`);
    expect(documented.sort()).toEqual([...new Set(served)].sort());
  });

  it('names each operation once, with its responses', () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining(['submitDeployment', 'getJob', 'listJobs', 'getJobLog', 'cancelJob', 'retryJob']),
    );
    for (const { responses, tags } of operations) {
      expect(tags).toHaveLength(1);
      expect(Object.keys(responses)).toContainEqual(expect.stringMatching(/^2/));
    }
  });

  it('states which calls need a token', () => {
    const live = document.paths['/health/live']?.['get'];
    const list = document.paths['/api/jobs']?.['get'];
    expect([live?.security, list?.security]).toEqual([[], undefined]);
    expect(list?.responses).toHaveProperty('401');
    expect(document).toMatchObject({ security: [{ bearer: [] }] });
  });

  it('names every schema for people', () => {
    const names = Object.keys(document.components.schemas);
    expect(names.filter((name) => !/^[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
  });

  it.each(['/api/jobs', '/api/audit'])('describes the page and the downloads of %s', (path) => {
    const types = ['application/json', 'application/x-ndjson', 'text/csv'];
    expect(document.paths[path]?.['get']?.responses['200']).toMatchObject({
      content: Object.fromEntries(types.map((type) => [type, { schema: expect.anything() }])),
    });
  });

  it('describes what public routes respond with to wrong and late requests', () => {
    for (const path of ['/health', '/health/live', '/health/ready', '/.well-known/schema-discovery'])
      expect(Object.keys(document.paths[path]?.['get']?.responses ?? {})).toEqual(
        expect.arrayContaining(['200', '400', '408', '431', '500']),
      );
  });

  it('describes the body of a deployment with examples', () => {
    expect(document.components.schemas).toMatchObject({
      Deployment: {
        required: ['senza_yaml', 'stack_version'],
        properties: {
          senza_yaml: { example: expect.stringContaining('SenzaInfo') },
          stack_version: { pattern: expect.any(String) },
        },
      },
      Job: { required: expect.arrayContaining(['id', 'status', 'waiting_for', 'actions']) },
      Problem: { required: ['type', 'title', 'detail', 'status'] },
    });
  });
});

describe('the console', () => {
  it('runs scripts of its own server only', async () => {
    const page = await api.call('GET', '/api/ui/');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(page.text).not.toMatch(/<script(?![^>]*src=)[^>]*>\s*\S/);
    for (const [, source = ''] of page.text.matchAll(/<script[^>]*src="([^"]+)"/g)) {
      const script = await api.call('GET', new URL(source, 'http://x/api/ui/').pathname);
      expect([source, script.status]).toEqual([source, 200]);
    }
  });
});
