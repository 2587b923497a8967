import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { AcceptBacklog } from './accept-backlog.js';
import { ConnectionGate } from './connection-gate.js';

const NONE = { unknown: 0, withToken: 0, afterDenial: 0 };
const MANY = { unknown: 1_000, withToken: 1_000, afterDenial: 1_000 };

/** The turns of requests, as a scenario says. */
class FakeTurns {
  constructor(private readonly scenario: Pick<Scenario, 'waiting' | 'waitingOfBusy'>) {}

  get waitingAtGate(): typeof NONE {
    return this.scenario.waiting;
  }

  waitingOf(user: string): number {
    return user === 'busy' ? this.scenario.waitingOfBusy : 0;
  }

  ownerOfToken(token: string): string | null {
    return ['anna', 'busy'].includes(token) ? token : null;
  }
}

/** A server of Node's with the gate. It denies requests for `/denied`. */
class Scenario {
  waiting = NONE;
  waitingOfBusy = 1_000;
  /** The paths of the requests, as they were handled. */
  readonly handled: string[] = [];
  readonly gate: ConnectionGate;
  readonly server: Server;
  private readonly clients: Socket[] = [];

  constructor(seconds = 60) {
    const limits = { headerSeconds: seconds, bodySeconds: seconds };
    const backlog = new AcceptBacklog();
    const turns = new FakeTurns(this);
    this.gate = new ConnectionGate({ limits, backlog, turns });
    this.server = createServer((request, response) => {
      this.handled.push(request.url ?? '');
      if (request.url === '/denied') this.gate.deny(request.socket, response);
      if (request.url === '/busy') this.gate.allow('busy', request.socket, response);
      response.end();
    });
    backlog.watch(this.server);
    this.gate.watch(this.server);
    this.server.listen(0, '127.0.0.1');
  }

  /** A client that has connected and sent a request, or nothing. */
  async client(path: string | null, token: string | null = 'bad'): Promise<Socket> {
    if (!this.server.listening) await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    const accepted = once(this.server, 'connection');
    const socket = connect(address.port, '127.0.0.1').on('error', () => undefined);
    this.clients.push(socket.resume());
    if (path !== null) this.send(socket, path, token);
    await accepted;
    return socket;
  }

  send(socket: Socket, path: string, token: string | null = 'bad'): void {
    const authorization = token === null ? '' : `Authorization: Bearer ${token}\r\n`;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${authorization}\r\n`);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.destroy();
    this.gate.open();
    this.server.close();
    await once(this.server, 'close');
  }
}

describe('the gate of connections', () => {
  let scenario: Scenario;

  beforeEach(() => {
    scenario = new Scenario();
  });
  afterEach(async () => {
    await scenario.stop();
  });

  it('reads a connection at once, and its later requests', async () => {
    const client = await scenario.client('/1');
    await once(client, 'data');
    scenario.send(client, '/2');
    await once(client, 'data');
    expect(scenario.handled).toEqual(['/1', '/2']);
  });

  it('reads only connections with known tokens while many requests of unknown senders wait, and the others later', async () => {
    scenario.waiting = MANY;
    const unknown = await Promise.all([scenario.client('/1'), scenario.client('/2')]);
    await once(await scenario.client('/known', 'anna'), 'data');
    expect(scenario.handled).toEqual(['/known']);
    scenario.waiting = { unknown: 63, withToken: 63, afterDenial: 0 };
    await Promise.all(unknown.map((client) => once(client, 'data')));
    expect([...scenario.handled].sort()).toEqual(['/1', '/2', '/known']);
  });

  it('reads connections with unknown tokens while many requests without a token wait', async () => {
    scenario.waiting = { unknown: 1_000, withToken: 0, afterDenial: 0 };
    const others = await Promise.all([scenario.client('/1', null), scenario.client('/2', null)]);
    await once(await scenario.client('/new', 'unknown'), 'data');
    expect(scenario.handled).toEqual(['/new']);
    scenario.waiting = NONE;
    await Promise.all(others.map((client) => once(client, 'data')));
  });

  it('reads no connections of a user who has many requests that wait, but those of others', async () => {
    scenario.waiting = MANY;
    const busy = await scenario.client('/busy', 'busy');
    await once(await scenario.client('/known', 'anna'), 'data');
    expect(scenario.handled).toEqual(['/known']);
    scenario.waitingOfBusy = 0;
    await once(busy, 'data');
    expect(scenario.handled).toEqual(['/known', '/busy']);
  });

  it('reads the next request of a user when fewer of theirs wait, after their new connections', async () => {
    scenario.waitingOfBusy = 0;
    const client = await scenario.client('/busy', 'busy');
    await once(client, 'data');
    [scenario.waiting, scenario.waitingOfBusy] = [MANY, 1_000];
    scenario.send(client, '/busy', 'busy');
    await once(client, 'data');
    scenario.send(client, '/later', 'busy');
    const another = await scenario.client('/new', 'busy');
    await once(await scenario.client('/known', 'anna'), 'data');
    expect(scenario.handled).toEqual(['/busy', '/busy', '/known']);
    scenario.waitingOfBusy = 0;
    await Promise.all([client, another].map((each) => once(each, 'data')));
    expect(scenario.handled).toEqual(['/busy', '/busy', '/known', '/new', '/later']);
  });

  it('reads the next request after a denial when there is room', async () => {
    scenario.waiting = { unknown: 0, withToken: 0, afterDenial: 1_000 };
    const client = await scenario.client('/denied');
    await once(client, 'data');
    scenario.send(client, '/later');
    await once(await scenario.client('/other'), 'data');
    expect(scenario.handled).toEqual(['/denied', '/other']);
    scenario.waiting = NONE;
    await once(client, 'data');
    expect(scenario.handled).toEqual(['/denied', '/other', '/later']);
  });

  it('responds to all that wait when the server stops', async () => {
    scenario.waiting = MANY;
    const clients = await Promise.all([scenario.client('/1'), scenario.client('/2')]);
    scenario.gate.open();
    await Promise.all(clients.map((client) => once(client, 'data')));
    expect(scenario.handled).toHaveLength(2);
  });

  it('reads no requests of clients that have gone meanwhile', async () => {
    scenario.waiting = MANY;
    const clients = await Promise.all([scenario.client('/1'), scenario.client('/2', null)]);
    for (const client of clients) client.end();
    await Promise.all(clients.map((client) => once(client, 'close')));
    scenario.waiting = NONE;
    await once(await scenario.client('/3'), 'data');
    expect(scenario.handled).toEqual(['/3']);
  });

  it('reads a request that arrives in several parts', async () => {
    scenario.waiting = MANY;
    const client = await scenario.client(null);
    client.setNoDelay().write('GET /1 HTTP/1.1\r\n');
    await once(await scenario.client('/known', 'anna'), 'data');
    client.write('Host: x\r\n');
    await once(await scenario.client('/known', 'anna'), 'data');
    scenario.waiting = NONE;
    client.write('\r\n');
    await once(client, 'data');
    expect(scenario.handled).toEqual(['/known', '/known', '/1']);
  });

  it('survives clients that disconnect while they wait', async () => {
    scenario.waiting = MANY;
    for (const path of ['/1', '/2', null]) (await scenario.client(path)).resetAndDestroy();
    scenario.waiting = NONE;
    await once(await scenario.client('/3'), 'data');
    expect(scenario.handled).toContain('/3');
  });
});

it('closes connections that wait too long', async () => {
  const scenario = new Scenario(0);
  scenario.waiting = MANY;
  const clients = await Promise.all([scenario.client('/1'), scenario.client(null)]);
  await Promise.all(clients.map((client) => once(client, 'close')));
  expect(scenario.handled).toEqual([]);
  await scenario.stop();
});
