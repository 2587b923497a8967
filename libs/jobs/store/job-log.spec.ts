import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis } from '#redis';
import { FaultProxy } from '../../../test/support/fault-proxy.js';
import { StoreFixture } from './job-store.fixture.js';
import { type LogLine } from '../events/job-event.js';
import { EVENT_ID_PATTERN } from '../events/read-events.js';
import { LOG_LINE_LENGTH_LIMIT } from './job-log.js';

const line = (text: string): LogLine => ({ source: 'stdout', step: 'create', text });

describe('the log of a job', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('is read in pages, each line once and in order, and continues after the last line that was read', async () => {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    await claim.log(['one', 'two', 'three'].map(line));
    const page = await fixture.store.log({ id, after: 0, limit: 2 });
    expect(page.lines).toMatchObject([{ ...line('one') }, { ...line('two') }]);
    expect(page.cursor).toMatch(EVENT_ID_PATTERN);
    const rest = await fixture.store.log({ id, after: Number(page.cursor), limit: 2 });
    expect(rest.lines.map(({ text }) => text)).toEqual(['three']);
    const end = Number(rest.cursor);
    expect(await fixture.store.log({ id, after: end, limit: 2 })).toEqual({ lines: [], cursor: String(end) });
    await claim.log([line('four')]);

    expect((await fixture.store.log({ id, after: end, limit: 2 })).lines.map(({ text }) => text)).toEqual(['four']);
  });

  it('has no more lines in a page than its limit, that of missing lines included', async () => {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    await claim.log(['one', 'two', 'three'].map(line));
    await fixture.redis.xtrim(fixture.keys.events(id), 'MAXLEN', 1);
    const page = await fixture.store.log({ id, after: 1, limit: 1 });
    expect(page.lines.map(({ text }) => text)).toEqual(['[2 entries of this log are no longer kept]']);
    const rest = await fixture.store.log({ id, after: Number(page.cursor), limit: 1 });
    expect(rest.lines.map(({ text }) => text)).toEqual(['three']);
  });

  it('has a line once, also when the reply to its write was lost', async () => {
    let attempts = 0;
    const proxy = await FaultProxy.start(fixture.valkey.port, {
      faultOf: (request) => (request.includes('only once') && attempts++ === 0 ? 'lose response' : 'none'),
    });
    const redis = connectRedis({ url: proxy.redisUrl, role: 'worker', clientName: 'spec', onError: () => undefined });
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id, redis);
    await claim.log([line('before')]);
    await claim.log([line('only once')]);
    await claim.log([line('after')]);
    await closeRedis(redis);
    proxy.stop();

    expect(attempts).toBeGreaterThan(1);
    const { lines } = await fixture.store.log({ id, after: 0, limit: 9 });
    expect(lines.map(({ text }) => text)).toEqual(['before', 'only once', 'after']);
  });

  it('has the lines of a source that only a later version knows', async () => {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    await claim.log([line('known')]);
    const { cursor } = await fixture.store.log({ id, after: 0, limit: 1 });
    const event = JSON.stringify({ type: 'log', source: 'of tomorrow', step: null, text: 'unknown' });
    await fixture.redis.xadd(fixture.keys.events(id), `${Number(cursor) + 1}-0`, 'e', event, 't', '0');

    const { lines } = await fixture.store.log({ id, after: 0, limit: 9 });
    expect(lines.map(({ source, text }) => [source, text])).toEqual([
      ['stdout', 'known'],
      ['agent', 'unknown'],
    ]);
  });

  it('cuts a line that is too long', async () => {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    await claim.log([line('x'.repeat(LOG_LINE_LENGTH_LIMIT + 1))]);

    expect((await fixture.store.log({ id, after: 0, limit: 1 })).lines[0]?.text).toHaveLength(LOG_LINE_LENGTH_LIMIT);
  });

  it('is damaged when its key has another type', async () => {
    const { id } = await fixture.submit();
    await fixture.redis.del(fixture.keys.events(id));
    await fixture.redis.set(fixture.keys.events(id), 'garbage');
    await expect(fixture.store.log({ id, after: 0, limit: 2 })).rejects.toThrow('a key has the wrong type');
  });
});
