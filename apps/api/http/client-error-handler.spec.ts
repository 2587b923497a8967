import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { handleClientError } from './client-error-handler.js';

const PART_OF_HEADER = 'GET / HTTP/1.1\r\nhost: x\r\n';

/** A server whose responses have a beginning only. */
class Scenario {
  /** How many errors were answered in one iteration of the event loop at most. */
  mostAnswered = 0;
  private readonly server: Server;

  constructor() {
    let answered = 0;
    const onProblem = (): void => {
      if (answered === 0) setImmediate(() => (answered = 0));
      answered += 1;
      this.mostAnswered = Math.max(this.mostAnswered, answered);
    };
    this.server = createServer((_request, response) => response.write('beginning'));
    this.server.on('clientError', handleClientError({ standardHeaders: () => ({}), methodsOf: () => [], onProblem }));
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
