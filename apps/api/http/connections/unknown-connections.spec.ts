import { describe, expect, it } from '@jest/globals';
import { Socket } from 'node:net';
import { UnknownConnections } from './unknown-connections.js';

const header = (...fields: string[]): string => `GET /api/jobs HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`;
const flood = (token: string): string => header('Host: x', `Authorization: Bearer ${token}`);

/** Connections by the names that the tests give them. */
class Scenario {
  readonly connections = new UnknownConnections();
  private readonly names = new Map<Socket, string>();

  add(name: string, head: string): Socket {
    const socket = new Socket();
    this.names.set(socket, name);
    this.connections.add(socket, head);
    return socket;
  }

  take(limit: number): (string | undefined)[] {
    return this.connections.take(limit).map((socket) => this.names.get(socket));
  }
}

describe('connections without a known token', () => {
  it.each([
    ['other fields', header('Host: x', 'Accept: */*', 'Authorization: Bearer new1')],
    ['the same fields in another order', header('Authorization: Bearer new1', 'Host: x')],
    ['a longer token', flood('a-longer-token')],
    ['another program with the same fields', header('User-Agent: b', 'Host: x', 'Authorization: Bearer new1')],
  ])('are taken before those of a flood that look different: %s', (_, head) => {
    const scenario = new Scenario();
    const alike = head.includes('User-Agent')
      ? (token: string) => header('User-Agent: a', 'Host: x', `Authorization: Bearer ${token}`)
      : flood;
    for (let number = 100; number < 150; number += 1) scenario.add(`flood ${number}`, alike(`t${number}`));
    scenario.add('newcomer', head);
    for (let number = 150; number < 200; number += 1) scenario.add(`flood ${number}`, alike(`t${number}`));
    // The first one is of the flood: nothing was taken before.
    expect(scenario.take(2)).toEqual(['flood 199', 'newcomer']);
    expect(scenario.connections.size).toBe(99);
  });

  it('are taken in turn by the kinds of clients, of each the last arrival first', () => {
    const scenario = new Scenario();
    for (const name of ['a1', 'a2', 'a3', 'a4']) scenario.add(name, flood(name));
    for (const name of ['b1', 'b2']) scenario.add(name, header('Host: x'));
    expect(scenario.take(10)).toEqual(['b2', 'a4', 'b1', 'a3', 'a2', 'a1']);
    expect(scenario.connections.size).toBe(0);
  });

  it('are dropped when they were closed meanwhile', () => {
    const scenario = new Scenario();
    scenario.add('open', flood('a1'));
    for (let number = 0; number < 20; number += 1) scenario.add(`closed ${number}`, flood('a2')).destroy();
    expect(scenario.take(1)).toEqual(['open']);
    expect(scenario.connections.size).toBe(0);
  });

  it('are taken from the last arrival on when all look different', () => {
    const scenario = new Scenario();
    for (let number = 0; number < 20; number += 1) scenario.add(String(number), header(`X-${number}: x`));
    expect(scenario.take(3)).toEqual(['19', '18', '17']);
    expect(scenario.take(0)).toEqual([]);
  });
});
