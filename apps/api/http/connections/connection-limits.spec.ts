import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as otherEvents } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ConnectionLimit, ConnectionLimits } from './connection-limits.js';

/** A server of Node's with the limits. It answers nothing to `/hang`, and to `/read` when it has the body. */
class Scenario {
  /** How many requests Node has parsed. */
  parsed = 0;
  /** How many were handled in one iteration of the event loop at most. */
  mostHandled = 0;
  /** How many pieces of bodies Node has handed on. */
  pieces = 0;
  readonly closed: ConnectionLimit[] = [];
  private readonly clients: Socket[] = [];
  readonly limits: ConnectionLimits;
  private readonly server: Server;

  constructor(connections: number) {
    this.limits = new ConnectionLimits({ connections, sendSeconds: 30 }, (limit) => this.closed.push(limit));
    let handled = 0;
    const handle = this.limits.limit((request, response) => {
      if (handled === 0) setImmediate(() => (handled = 0));
      handled += 1;
      this.mostHandled = Math.max(this.mostHandled, handled);
      if (request.url === '/verified') this.limits.verified(request.socket);
      if (request.url === '/read') request.resume().once('end', () => response.end());
      else if (request.url !== '/hang') response.end();
    });
    this.server = createServer((request, response) => {
      this.parsed += 1;
      handle(request, response);
      const push = request.push.bind(request);
      request.push = (piece: unknown, encoding) => {
        this.pieces += 1;
        return push(piece, encoding);
      };
    });
    this.limits.watch(this.server);
    this.server.listen(0, '127.0.0.1');
  }

  async client(): Promise<Socket> {
    if (!this.server.listening) await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    const socket = connect(address.port, '127.0.0.1').on('error', () => undefined);
    this.clients.push(socket.resume());
    await once(socket, 'connect');
    return socket;
  }

  /** A client that has got the response to a request for this path, unless it hangs. */
  async clientOf(path: string): Promise<Socket> {
    const socket = await this.client();
    await this.request(socket, path);
    return socket;
  }

  async request(socket: Socket, path: string): Promise<void> {
    const arrived = path === '/hang' ? once(this.server, 'request') : once(socket, 'data');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await arrived;
  }

  /** How many connections are open. */
  async connections(): Promise<number> {
    return await promisify(this.server.getConnections.bind(this.server))();
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Resolves when the server has closed the connection. */
async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close');
}

let scenario: Scenario;
afterEach(async () => {
  await scenario.stop();
});

describe('a connection with too many unanswered requests', () => {
  it('is closed, and Node parses no more of its requests', async () => {
    scenario = new Scenario(10);
    const socket = await scenario.client();
    // 1,000 requests fit into what Node reads at a time, 64 KiB.
    socket.write('GET /hang HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(1000));
    await closed(socket);
    expect(scenario.closed).toEqual(['pipelining']);
    expect(scenario.parsed).toBe(17);
  });

  it('is closed when many requests wait behind others of their connections, until some of these have gone', async () => {
    scenario = new Scenario(100);
    const pipelined = async (): Promise<Socket> => {
      const before = scenario.parsed;
      const socket = await scenario.client();
      socket.write('GET /hang HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(16));
      while (scenario.parsed === before) await otherEvents();
      return socket;
    };
    const sockets: Socket[] = [];
    while (scenario.closed.length === 0) sockets.push(await pipelined());
    expect(sockets.length).toBe(18);
    expect(scenario.closed).toEqual(['pipelining']);
    await scenario.clientOf('/');
    sockets[0]?.destroy();
    while ((await scenario.connections()) > 17) await otherEvents();
    await pipelined();
    expect(scenario.closed).toEqual(['pipelining']);
  });
});

describe('requests that arrive together', () => {
  it('are handled some at a time, so that other events happen in between', async () => {
    scenario = new Scenario(100);
    const clients = await Promise.all(Array.from({ length: 60 }, () => scenario.client()));
    const responses = clients.map((client) => once(client, 'data'));
    for (const client of clients) client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await Promise.all(responses);
    expect(scenario.mostHandled).toBeLessThanOrEqual(16);
  });
});

describe('a body in chunks', () => {
  const chunked = (path: string): string => `POST ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`;

  it('is read when the chunks are not tiny', async () => {
    scenario = new Scenario(10);
    const socket = await scenario.client();
    socket.write(`${chunked('/read')}${`64\r\n${'x'.repeat(0x64)}\r\n`.repeat(2_000)}0\r\n\r\n`);
    const answer: unknown[] = await once(socket, 'data');
    expect(String(answer)).toContain('200 OK');
    expect(scenario.closed).toEqual([]);
  });

  it.each(['/hang', '/read'])('closes the connection when it has thousands of one byte: %s', async (path) => {
    scenario = new Scenario(10);
    const socket = await scenario.client();
    socket.write(chunked(path) + '1\r\nx\r\n'.repeat(5_000));
    await closed(socket);
    expect(scenario.closed).toEqual(['small_chunks']);
  });

  it('is not read further when it is over the limit, and bodies of other connections are', async () => {
    scenario = new Scenario(10);
    const socket = await scenario.client();
    // 10,000 chunks fit into what Node reads at a time, 64 KiB.
    socket.write(chunked('/read') + '1\r\nx\r\n'.repeat(10_000));
    await closed(socket);
    expect(scenario.pieces).toBeLessThan(300);
    const other = await scenario.client();
    other.write(`${chunked('/read')}1\r\nx\r\n0\r\n\r\n`);
    const answer: unknown[] = await once(other, 'data');
    expect(String(answer)).toContain('200 OK');
  });
});

describe('a body in packets of one byte', () => {
  it('is read seldom and as a whole', async () => {
    scenario = new Scenario(10);
    const socket = await scenario.client();
    socket.setNoDelay().write(`POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 2000\r\n\r\n`);
    for (let count = 0; count < 2000; count += 1) {
      socket.write('x');
      await new Promise(setImmediate);
    }
    const answer: unknown[] = await once(socket, 'data');
    expect(String(answer)).toContain('200 OK');
    expect(scenario.closed).toEqual([]);
    expect(scenario.pieces).toBeLessThan(200);
  });
});

describe('a connection beyond the limit', () => {
  it('takes the place of the oldest one without a valid token', async () => {
    scenario = new Scenario(3);
    const [verified, first, second] = [
      await scenario.clientOf('/verified'),
      await scenario.clientOf('/hang'),
      await scenario.clientOf('/'),
    ];
    const further = await scenario.clientOf('/');
    await closed(first);
    expect([verified.destroyed, second.destroyed, further.destroyed]).toEqual([false, false, false]);
    expect(scenario.closed).toEqual(['connections']);
  });

  it('takes the place of one without a request when all have sent a valid token', async () => {
    scenario = new Scenario(2);
    const busy = await scenario.clientOf('/verified');
    const idle = await scenario.clientOf('/verified');
    await scenario.request(busy, '/hang');
    await scenario.clientOf('/');
    await closed(idle);
    expect(busy.destroyed).toBe(false);
  });

  it('is closed when all others are needed', async () => {
    scenario = new Scenario(1);
    const busy = await scenario.clientOf('/verified');
    await scenario.request(busy, '/hang');
    await closed(await scenario.client());
    expect(busy.destroyed).toBe(false);
  });
});
