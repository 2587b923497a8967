import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { handleClientError, handleConnect } from './client-error-handler.js';

const PART_OF_HEADER = 'GET / HTTP/1.1\r\nhost: x\r\n';

/** A server whose responses have a beginning only; those of `/held` are complete, when they are released. */
class Scenario {
  /** How many errors were answered in one iteration of the event loop at most. */
  mostAnswered = 0;
  readonly held: ServerResponse[] = [];
  private readonly server: Server;

  constructor() {
    let answered = 0;
    const onProblem = (): void => {
      if (answered === 0) void setImmediate().then(() => (answered = 0));
      answered += 1;
      this.mostAnswered = Math.max(this.mostAnswered, answered);
    };
    this.server = createServer(({ url }, response) => {
      if (url === '/held') this.held.push(response);
      else response.write('beginning');
    });
    const options = { standardHeaders: () => ({}), methodsOf: () => [], onProblem };
    this.server.on('clientError', handleClientError(options)).on('connect', handleConnect(options));
    this.server.listen(0, '127.0.0.1');
  }

  async client(): Promise<ReturnType<typeof connect>> {
    if (!this.server.listening) await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    const socket = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

let scenario: Scenario;
afterEach(async () => {
  await scenario.stop();
});

describe('clients that stop within their headers', () => {
  it('get their responses some at a time, so that other events happen in between', async () => {
    scenario = new Scenario();
    const clients = await Promise.all(Array.from({ length: 60 }, () => scenario.client()));
    const responses = clients.map((client) => text(client));
    for (const client of clients) client.end(PART_OF_HEADER);
    for (const response of await Promise.all(responses)) expect(response).toMatch(/^HTTP\/1\.1 400 /);
    expect(scenario.mostAnswered).toBeLessThanOrEqual(17);
  });
});

describe('a response that has started', () => {
  it.each(['no HTTP\r\n\r\n', `${PART_OF_HEADER}x`])('gets no other one within it: %j', async (bytes) => {
    scenario = new Scenario();
    const client = await scenario.client();
    const received = text(client).catch(() => '');
    const first = once(client, 'data');
    client.write(`${PART_OF_HEADER}\r\n`);
    const head: unknown[] = await first;
    expect(String(head)).toMatch(/^HTTP\/1\.1 200 /);
    client.end(bytes);
    expect(await received).not.toContain('HTTP/1.1 400');
  });
});

describe('complete requests before bytes that are no HTTP', () => {
  it.each(['no HTTP\r\n\r\n', 'CONNECT x HTTP/1.1\r\nhost: x\r\n\r\n'])(
    'get their own responses first: %j',
    async (bytes) => {
      scenario = new Scenario();
      const client = await scenario.client();
      const received = text(client);
      client.write(`${'GET /held HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2)}${bytes}`);
      while (scenario.held.length < 2) await setImmediate();
      for (const response of scenario.held) response.end('accepted');
      const statuses = [...(await received).matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
      expect(statuses).toEqual(['200', '200', bytes.startsWith('CONNECT') ? '405' : '400']);
    },
  );
});
