import { once } from 'node:events';
import { type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { startApiTest } from '../support/api-test.js';
import { openSocket } from '../support/open-socket.js';
import { deployment, jobOf } from './deployment.js';

const { environment: rig, api } = await startApiTest();
/** With limits that are reached soon. */
const tight = await rig.apiInProcess({
  HEADER_TIMEOUT_SECONDS: '1',
  BODY_TIMEOUT_SECONDS: '1',
  SEND_TIMEOUT_SECONDS: '1',
});

describe('a client that writes its whole body before it reads', () => {
  it.each([
    ['more than 1 MiB', (token: string) => `authorization: Bearer ${token}\r\ncontent-type: application/json\r\n`, 413],
    ['a body without a token', () => 'content-type: application/json\r\n', 401],
    [
      'a large body of another type',
      (token: string) => `authorization: Bearer ${token}\r\ncontent-type: text/xml\r\n`,
      415,
    ],
  ])('gets the response to %s', async (_name, headers, status) => {
    const body = Buffer.alloc(8 * 1024 * 1024, 'x');
    const socket = openSocket(api);
    socket.pause();
    socket.write(
      `POST /api/deployments HTTP/1.1\r\nhost: x\r\n${headers(rig.token)}content-length: ${body.length}\r\n\r\n`,
    );
    // Like Python's http.client: nothing is read before everything is written.
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.write(body, () => {
        resolve();
      });
    });
    socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('and asks to close the connection gets the whole response', async () => {
    const socket = openSocket(api).pause();
    const close = 'host: x\r\nconnection: close\r\n';
    const body = 'x'.repeat(8 * 1024 * 1024);
    socket.write(`POST /api/deployments HTTP/1.1\r\n${close}content-length: ${body.length}\r\n\r\n${body}`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 401 .*"status":401.*\}$/s);
  });
});

const bearer = `authorization: Bearer ${rig.token}\r\n`;

describe('a client that sends only a header', () => {
  it.each([
    ['without a token', '/api/deployments', 'content-type: application/json\r\n', 10, 401],
    ['of a body of another type', '/api/deployments', `${bearer}content-type: text/xml\r\n`, 10, 415],
    ['to an unknown path', '/nope', `${bearer}content-type: application/json\r\n`, 10, 404],
    ['with another method', '/api/workers', `${bearer}content-type: application/json\r\n`, 10, 405],
  ])('%s gets the response, and can use the connection again', async (_name, path, fields, length, status) => {
    const socket = openSocket(api);
    let received = '';
    socket.on('data', (data: Buffer) => (received += data.toString()));
    const response = (expected: number): RegExp => new RegExp(`HTTP/1.1 ${expected} [^]*"status":${expected}[^]*}$`);
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${fields}content-length: ${length}\r\n\r\n`);
    await until('the response', () => Promise.resolve(response(status).test(received)));
    expect(received).not.toMatch(/^connection: close/im);
    received = '';
    socket.write(`${' '.repeat(length)}GET /nope HTTP/1.1\r\nhost: x\r\n${bearer}connection: close\r\n\r\n`);
    await once(socket, 'close');
    expect(received).toMatch(response(404));
  });

  it('of a body that is too long gets the response before the connection is closed', async () => {
    const socket = openSocket(api);
    socket.write(
      `POST /api/deployments HTTP/1.1\r\nhost: x\r\n${bearer}content-type: application/json\r\ncontent-length: 2000000\r\n\r\n`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1.1 413 .*^connection: close.*"status":413/ms);
  });
});

/** The first data that a socket gets. */
async function firstOf(socket: Socket): Promise<string> {
  return await new Promise((resolve) => {
    socket.once('data', (data: Buffer) => {
      resolve(data.toString());
    });
  });
}

describe('a client that asks before it sends a body', () => {
  const json = 'content-type: application/json\r\n';
  const ask = (fields: string): string =>
    `POST /api/deployments HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nconnection: close\r\n${fields}\r\n`;

  it.each([
    ['without a token', `${json}content-length: 10\r\n`, 401],
    ['of a body that is too long', `${bearer}${json}content-length: 2000000\r\n`, 413],
    ['of a body of another type', `${bearer}content-type: text/xml\r\ncontent-length: 10\r\n`, 415],
    ['without a body', `${bearer}${json}content-length: 0\r\n`, 400],
  ])('%s gets the response at once', async (_name, fields, status) => {
    const socket = openSocket(api);
    socket.write(ask(fields));
    expect(await firstOf(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    socket.destroy();
  });

  it.each(['content-length: 2\r\n', 'transfer-encoding: chunked\r\n'])(
    'is asked to send it when it is read: %j',
    async (length) => {
      const socket = openSocket(api);
      socket.write(ask(`${bearer}${json}${length}`));
      expect(await firstOf(socket)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
      socket.write(length.startsWith('content') ? '{}' : '2\r\n{}\r\n0\r\n\r\n');
      expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
    },
  );
});

/** The metric of connections that were closed because of this limit, at least once. */
function closed(limit: string): RegExp {
  return new RegExp(`http_connections_closed_total\\{[^}]*limit="${limit}"[^}]*\\} [1-9]`);
}

describe('a connection', () => {
  it('with too many unanswered requests is closed', async () => {
    const id = jobOf(
      await api.call('POST', '/api/deployments', { body: deployment({ stack_version: 'pipeline' }) }),
    ).id;
    const socket = openSocket(api);
    const request = `GET /api/jobs/${id}?wait=20 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${rig.token}\r\n\r\n`;
    socket.write(request.repeat(200));
    await once(socket, 'close');
    expect(await api.metrics()).toMatch(closed('pipelining'));
    expect((await api.call('GET', `/api/jobs/${id}`)).status).toBe(200);
  });

  it('can have a few', async () => {
    const socket = openSocket(api);
    const request = 'GET /health/live HTTP/1.1\r\nhost: x\r\n';
    socket.write(`${`${request}\r\n`.repeat(9)}${request}connection: close\r\n\r\n`);
    expect((await text(socket)).match(/HTTP\/1.1 200/g)).toHaveLength(10);
  });

  it.each([
    ['its header', 'GET /health/live HTTP/1.1\r\nhost: x\r\n'],
    ['its body', 'POST /api/deployments HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{'],
  ])('that does not send %s in time gets an error and is closed', async (_name, bytes) => {
    const socket = openSocket(tight);
    socket.write(bytes);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 (408|401) /);
  });

  it('that does not read its responses is closed', async () => {
    const socket = openSocket(tight);
    socket.pause();
    const request = 'GET /api/ui/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n';
    socket.write(request.repeat(10));
    await until('the connection to be closed', async () => closed('unread_response').test(await tight.metrics()));
    // A closed connection is seen when something is written: until then nothing is read.
    await until('the client to see it', () => {
      socket.write(request);
      return Promise.resolve(socket.destroyed);
    });
  });

  it('that does not read the responses to several requests delays no other client', async () => {
    const own = await rig.apiInProcess({ SEND_TIMEOUT_SECONDS: '60' });
    const request = 'GET /api/ui/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n';
    const others = Array.from({ length: 40 }, () => openSocket(own).pause());
    await Promise.all(others.map((each) => once(each, 'connect')));
    for (const each of others) each.write(request.repeat(12));
    await Promise.all(others.map((each) => once(each, 'readable')));

    const token = rig.tokens.addToken({ uid: 'robot', realm: '/services', scope: ['uid', 'deploy'] });
    for (const [path, header] of [
      ['/api/swagger.json', ''],
      ['/api/jobs', `authorization: Bearer ${token}\r\n`],
    ] as const) {
      const socket = openSocket(own);
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${header}connection: close\r\n\r\n`);
      expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /);
    }
    expect(await own.metrics()).not.toMatch(closed('unread_response'));
    for (const each of others) each.destroy();
  });

  it('beyond the limit takes the place of the oldest one that has not sent a token', async () => {
    const few = await rig.apiInProcess({ MAX_CONNECTIONS: '3' });
    const known = openSocket(few);
    const read = async (): Promise<string> => {
      const answered = once(known, 'data');
      known.write(`GET /api/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${rig.token}\r\n\r\n`);
      return String((await answered)[0]);
    };
    expect(await read()).toMatch(/^HTTP\/1.1 200 /);
    const others: Socket[] = [];
    for (let count = 0; count < 4; count += 1) {
      const other = openSocket(few).resume();
      others.push(other);
      await once(other, 'connect');
    }
    await until('two of them to be closed', () =>
      Promise.resolve(others.filter((each) => each.destroyed).length === 2),
    );
    expect(others.map((each) => each.destroyed)).toEqual([true, true, false, false]);
    expect(await few.metrics()).toMatch(closed('connections'));
    expect(await read()).toMatch(/^HTTP\/1.1 200 /);
    for (const socket of [known, ...others]) socket.destroy();
  });
});
