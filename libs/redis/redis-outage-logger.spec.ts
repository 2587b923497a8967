import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Logger } from '#telemetry';
import { RedisOutageLogger } from './redis-outage-logger.js';

const MINUTE_MS = 60_000;

describe('RedisOutageLogger', () => {
  it('logs the start of an outage, one line a minute, and its end once all connections are ready', () => {
    const stream = new PassThrough();
    let now = 0;
    const outages = new RedisOutageLogger(Logger.create({ level: 'info', format: 'default', stream }), () => now);
    const [one, other] = [outages.listener('one'), outages.listener('other')];
    const lines = (): string[] =>
      String(stream.read() ?? '')
        .split('\n')
        .slice(0, -1);
    const fail = (): void => {
      for (const each of [one, other]) each.onError(new Error('connect ECONNREFUSED'));
    };
    one.onReady();
    other.onReady();
    expect(lines()).toEqual([]);
    for (let i = 0; i < 100; i++) fail();
    expect(lines()).toEqual([expect.stringMatching(/Redis is unavailable.*ECONNREFUSED/)]);
    now += MINUTE_MS;
    fail();
    expect(lines()).toHaveLength(1);
    one.onReady();
    expect(lines()).toEqual([]);
    other.onReady();
    expect(lines()).toEqual([expect.stringContaining('Redis is available again')]);
    fail();
    expect(lines()).toHaveLength(1);
  });
});
