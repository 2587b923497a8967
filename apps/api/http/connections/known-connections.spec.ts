import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { KnownConnections } from './known-connections.js';

const always = (): boolean => true;

describe('connections of known users', () => {
  it('are taken user by user', () => {
    const connections = new KnownConnections();
    const [first, second, other] = [new Socket(), new Socket(), new Socket()];
    connections.add('busy', first);
    connections.add('busy', second);
    connections.add('anna', other);
    expect(connections.take(2, always)).toEqual([second, other]);
    expect(connections.take(2, always)).toEqual([first]);
    expect(connections.size).toBe(0);
  });

  it('of one user are taken from both ends, and with those that were answered: none waits without an end', () => {
    const connections = new KnownConnections();
    const oldest = new Socket();
    const answered = new Socket();
    connections.add('busy', oldest);
    connections.addAnswered('busy', answered);
    const taken = Array.from({ length: 3 }, () => {
      // Another one arrives before each.
      connections.add('busy', new Socket());
      return connections.take(1, always)[0];
    });
    expect(taken[0]).not.toBe(oldest);
    expect(taken.slice(1)).toEqual([answered, oldest]);
  });

  it('are left where they are while their user has no room', () => {
    const connections = new KnownConnections();
    const [busy, free] = [new Socket(), new Socket()];
    connections.add('busy', busy);
    connections.add('anna', free);
    expect(connections.take(2, (user) => user === 'anna')).toEqual([free]);
    expect(connections.takeAll()).toEqual([busy]);
  });
});
