import { lizzyVersion } from '#config';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { readAnswer } from '#client';
import { until } from '../../local/services/index.js';
import { startApiTest } from '../support/api-test.js';
import { deployment, problemOf } from './deployment.js';

const { environment, api } = await startApiTest();

/** Sends raw bytes and reads the whole response; the server closes the connection, or the request asks it to. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(api.port, '127.0.0.1');
  socket.write(bytes, 'latin1');
  return await text(socket);
}

const CLOSE = 'connection: close\r\n';
const LIVE = `GET /health/live HTTP/1.1\r\n${CLOSE}`;
const POST = `POST /api/deployments HTTP/1.1\r\nhost: x\r\n${CLOSE}content-type: application/json\r\n`;

/** What every response tells browsers. */
const SECURITY_FIELDS = [
  'cache-control',
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'x-content-type-options',
  'x-frame-options',
];

describe('every answer', () => {
  it.each([
    ['GET', '/health/live', 200],
    ['GET', '/health', 503],
    ['GET', '/health/ready', 200],
    ['GET', '/api/workers', 200],
    ['GET', '/api/swagger.json', 200],
    ['GET', '/api/ui', 200],
    ['GET', '/api/ui/', 200],
    ['GET', '/api/ui/swagger-ui-bundle.js', 200],
    ['GET', '/api/ui/nope.js', 404],
    ['GET', '/api/jobs', 200],
    ['GET', '/api/jobs/nope', 404],
    ['GET', '/nope', 404],
    ['GET', '/api/jobs/%zz', 400],
    ['GET', `/api/jobs/${'x'.repeat(600)}`, 414],
    ['PUT', '/api/jobs', 405],
    ['DELETE', '/api/jobs/x', 405],
    ['POST', '/health/live', 405],
    ['POST', '/api/deployments', 400],
    ['HEAD', '/api/jobs', 200],
    ['OPTIONS', '/api/jobs', 405],
    ['QUERY', '/api/jobs', 405],
  ])('to %s %s has its headers (%i)', async (method, path, status) => {
    const answer = await api.call(method, path, { headers: { 'x-request-id': 'mine-1' } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-lizzy-version')).toBe(lizzyVersion);
    expect(answer.headers.get('x-senza-version')).toBe('unknown');
    expect(answer.headers.get('x-request-id')).toBe('mine-1');
    if (status >= 400) {
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(problemOf(answer)).toMatchObject({ status, instance: 'mine-1' });
    }
  });

  it.each([
    ['/api/jobs/%zz', 'The path is not percent-encoded UTF-8: write % as %25'],
    [`/api/jobs/${'x'.repeat(600)}`, 'A part of the path has more than 500 characters'],
    ['/api/jobs?limit=1&limit=2', '/limit is given 2 times: give it once'],
    ['/api/jobs?sort=created_at&sort=finished_at', '/sort is given 2 times: give it once'],
  ])('to %s says what is wrong', async (path, detail) => {
    expect(problemOf(await api.call('GET', path)).detail).toContain(detail);
  });

  it.each([
    ['POST', '/api/jobs/x/cancel?delete_stack=true', '/delete_stack is no query parameter: send it in the JSON body'],
    ['DELETE', '/api/stacks/a-1?region=eu-west-1', '/region is no query parameter: send it in the JSON body'],
    ['POST', '/api/deployments', 'is not valid JSON (line 1, column 21): the name of a field must stand here'],
  ])('to the change %s %s says what is wrong', async (method, path, detail) => {
    const isBody = path === '/api/deployments';
    const given = isBody ? { body: '{"new_traffic": 100,}', headers: { 'content-type': 'application/json' } } : {};
    expect(problemOf(await api.call(method, path, given)).detail).toContain(detail);
  });

  it('without a token has them, too', async () => {
    const answer = await readAnswer(await fetch(`${api.url}/api/jobs`));
    expect(answer.headers.get('x-lizzy-version')).toBe(lizzyVersion);
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  it.each(['/api/jobs/%zz', '/api/stacks/%zz', '/api/stacks/%zz/traffic', `/api/stacks/${'x'.repeat(600)}`])(
    'requires a token before it rejects the path %s',
    async (path) => {
      expect((await readAnswer(await fetch(api.url + path))).status).toBe(401);
    },
  );

  it.each([
    ['OPTIONS', '/api/stacks/%zz', 400],
    ['POST', '/api/stacks/%zz', 400],
    ['OPTIONS', `/api/stacks/${'x'.repeat(600)}`, 414],
    ['POST', '/api/stacks/x', 405],
  ])('rejects %s %s without a token, since it needs none (%i)', async (method, path, status) => {
    expect((await readAnswer(await fetch(api.url + path, { method }))).status).toBe(status);
  });

  it.each(['/api/jobs', '/nope', '/api/jobs/%zz', '/api/ui/', '/health/live'])(
    'to %s cannot be framed or sniffed, and sends no referrer',
    async (path) => {
      const { headers } = await api.call('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      for (const name of SECURITY_FIELDS) expect(headers.get(name)).not.toBeNull();
      expect(headers.get('strict-transport-security')).toBeNull();
    },
  );

  it('requires TLS from browsers that used TLS according to a trusted proxy', async () => {
    const behind = await environment.apiInProcess({ TRUSTED_PROXIES: '127.0.0.1' });
    const { headers } = await behind.call('GET', '/api/jobs', { headers: { 'x-forwarded-proto': 'https' } });
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=/);
    const direct = await api.call('GET', '/api/jobs', { headers: { 'x-forwarded-proto': 'https' } });
    expect(direct.headers.get('strict-transport-security')).toBeNull();
  });

  it('to another method names the allowed ones', async () => {
    expect((await api.call('PUT', '/api/jobs/x')).headers.get('allow')).toBe('GET, HEAD');
    expect((await api.call('GET', '/api/deployments')).headers.get('allow')).toBe('POST');
    expect(await raw('FROBNICATE /api/jobs/x HTTP/1.1\r\nhost: x\r\n\r\n')).toContain('\r\nallow: GET, HEAD\r\n');
  });

  it('rejects an unknown query parameter, whatever the route', async () => {
    const routes = api.routes.filter(({ pattern }) => !/^\/api\/(ui|swagger)/.test(pattern));
    for (const { method, pattern } of routes) {
      const path = `${pattern.replace(':id', 'hello-v1').replace(':name', 'hello')}?colour=red`;
      const body = ['POST', 'PATCH', 'PUT', 'DELETE'].includes(method) ? { body: {} } : {};
      const answer = await api.call(method, path, body);
      expect([method, path, answer.status]).toEqual([method, path, 400]);
    }
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString'])('rejects the unknown field %s', async (name) => {
    expect((await api.call('GET', `/api/jobs?${name}=1`)).status).toBe(400);
    const body = JSON.stringify(deployment({ stack_version: 'unknown' })).replace('{', `{"${name}":1,`);
    const headers = { authorization: `Bearer ${environment.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${api.url}/api/deployments`, { method: 'POST', headers, body });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(name)]);
  });

  it.each(['application/json', 'application/yaml'])('rejects %s that is not UTF-8', async (type) => {
    const answer = await fetch(`${api.url}/api/deployments?stack_version=v1`, {
      method: 'POST',
      headers: { authorization: `Bearer ${environment.token}`, 'content-type': type },
      body: Buffer.from('{"SenzaInfo": {"StackName": "hello"}, "Description": "\u00e9"}', 'latin1'),
    });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('The body is not valid UTF-8')]);
  });

  it('to a client that disconnects within its body does not blame Redis', async () => {
    const of = (code: string): RegExp => new RegExp(`http_problems_total\\{code="${code}"`);
    const own = await environment.apiInProcess();
    const socket = connect(own.port, '127.0.0.1');
    socket.write(
      `${POST}authorization: Bearer ${environment.token}\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n{`,
    );
    // The request is being read then.
    await once(socket, 'data');
    socket.destroy();
    await until('its problem', async () => of('malformed_request').test(await own.metrics()));
    expect(await own.metrics()).not.toMatch(of('store_unavailable'));
  });

  it.each(['a b', 'x'.repeat(201), 'a"b'])('does not repeat a request id like %p', async (id) => {
    const answer = await api.call('GET', '/api/jobs', { headers: { 'x-request-id': id } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  it.each([
    ['no HTTP', 'nonsense\r\n\r\n', 400],
    ['an unknown method', 'FROBNICATE /api/jobs HTTP/1.1\r\nhost: x\r\n\r\n', 405],
    ['a method of RTSP', 'DESCRIBE /api/jobs HTTP/1.1\r\nhost: x\r\n\r\n', 405],
    ['a method in lower case', 'get /api/jobs HTTP/1.1\r\nhost: x\r\n\r\n', 405],
    ['CONNECT', 'CONNECT lizzy:443 HTTP/1.1\r\nhost: x\r\n\r\n', 405],
    ['CONNECT with a path', 'CONNECT /api/jobs HTTP/1.1\r\nhost: x\r\n\r\n', 405],
    ['an unknown method and path', 'FROBNICATE /nope HTTP/1.1\r\nhost: x\r\n\r\n', 405],
    ['too long headers', `GET /health/live HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('to %s is a problem with its headers', async (_name, bytes, status) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/\r\nx-request-id: \S+\r\n/);
    expect(answer).toContain(`\r\nx-lizzy-version: ${lizzyVersion}\r\n`);
    for (const name of SECURITY_FIELDS) expect(answer).toMatch(new RegExp(`\\r\\n${name}: \\S`));
    expect(answer).toContain(`"status":${status}`);
  });

  it.each([
    [200, 200],
    [201, 431],
  ])('to a request with %d header fields is a %d', async (fields, status) => {
    // Two of them are `connection` and `host`.
    const answer = await raw(`${LIVE}host: x\r\n${'x: y\r\n'.repeat(fields - 2)}\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it.each([
    ['no Host', `${LIVE}\r\n`],
    ['two Hosts', `${LIVE}host: a\r\nhost: b\r\n\r\n`],
    ['an invalid Host', `${LIVE}host: a b/?\r\n\r\n`],
    ['two credentials', `${LIVE}host: x\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n`],
    ['two media types', `${POST}content-type: application/yaml\r\ncontent-length: 0\r\n\r\n`],
    ['two idempotency keys', `${POST}idempotency-key: a\r\nidempotency-key: b\r\ncontent-length: 0\r\n\r\n`],
    ['a compressed transfer', `${POST}transfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['chunks of HTTP/1.0', `${POST.replace('1.1', '1.0')}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['both lengths', `${POST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${POST}content-length: 5\r\ncontent-length: 6\r\n\r\nabcde`],
    ['a negative length', `${POST}content-length: -5\r\n\r\n`],
    ['a folded field', `${LIVE}host: x\r\nx: a\r\n b\r\n\r\n`],
    ['a bare line feed', 'GET /health/live HTTP/1.1\nhost: x\n\n'],
    ['NUL in a field', `${LIVE}host: x\r\nx: a\0b\r\n\r\n`],
    ['NUL in the path', 'GET /health\0 HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a space before the colon', `${LIVE}host : x\r\n\r\n`],
    ['invalid chunks', `${POST}transfer-encoding: chunked\r\n\r\nzz\r\n`],
    ['long chunk extensions', `${POST}transfer-encoding: chunked\r\n\r\n2;${'a'.repeat(100_000)}\r\n{}\r\n0\r\n\r\n`],
    ['HTTP/0.9', 'GET /health/live\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/3.0', 'GET /health/live HTTP/3.0\r\nhost: x\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['too many fields', `${LIVE}host: x\r\n${'a:\r\n'.repeat(3000)}\r\n`],
  ])('to a request with %s is a problem', async (_name, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1.1 4\d\d [^]*"type":"urn:lizzy:problem:[^]*"status":4/);
  });

  it.each([
    ['an absolute target', `GET http://other/health/live HTTP/1.1\r\nhost: x\r\n${CLOSE}\r\n`, 200],
    ['an absolute target with another path', `GET http://other?x HTTP/1.1\r\nhost: x\r\n${CLOSE}\r\n`, 401],
    ['an absolute target without a token', `GET http://other/api/jobs HTTP/1.1\r\nhost: x\r\n${CLOSE}\r\n`, 401],
    ['TRACE', `TRACE /api/jobs HTTP/1.1\r\nhost: x\r\n${CLOSE}\r\n`, 401],
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\nhost: x\r\n${CLOSE}\r\n`, 401],
    ['HTTP/1.0', 'GET /health/live HTTP/1.0\r\n\r\n', 200],
    ['an unknown expectation', `${LIVE}host: x\r\nexpect: a-pony\r\n\r\n`, 200],
    ['an upgrade', 'GET /health/live HTTP/1.0\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n', 200],
  ])('to %s is an ordinary one', async (_name, bytes, status) => {
    expect(await raw(bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});
