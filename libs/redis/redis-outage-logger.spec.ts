import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { ConnectionTrouble } from './connection-trouble.js';
import { Logger } from './logger.js';

const MINUTE_MS = 60_000;

describe('the log of an outage', () => {
  it('is one line at its beginning, one a minute, and one when all connections are back', () => {
    const stream = new PassThrough();
    let now = 0;
    const trouble = new ConnectionTrouble(Logger.create({ level: 'info', format: 'default', stream }), () => now);
    const [one, other] = [trouble.listener('one'), trouble.listener('other')];
    const lines = (): string[] =>
      String(stream.read() ?? '')
        .split('\n')
        .slice(0, -1);
    const fail = (): void => {
      for (const each of [one, other]) each.failed(new Error('connect ECONNREFUSED'));
    };
    one.ready();
    other.ready();
    expect(lines()).toEqual([]);
    for (let i = 0; i < 100; i++) fail();
    expect(lines()).toEqual([expect.stringMatching(/Redis cannot be reached.*ECONNREFUSED/)]);
    now += MINUTE_MS;
    fail();
    expect(lines()).toHaveLength(1);
    one.ready();
    expect(lines()).toEqual([]);
    other.ready();
    expect(lines()).toEqual([expect.stringContaining('Redis is reachable again')]);
    fail();
    expect(lines()).toHaveLength(1);
  });
});
