import { type ServerSentEvent, serverSentEvents } from '#client';
import { type JobClaim, type JobProgress, type LogLine } from '#jobs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { z } from 'zod';
import { until } from '../../local/services/index.js';
import { type TestApi } from '../support/api-in-process.js';
import { SCOPE, TestEnvironment } from '../support/test-environment.js';
import { deployment, jobOf } from './deployment.js';

let rig: TestEnvironment;
let apis: [TestApi, TestApi];
beforeAll(async () => {
  rig = await TestEnvironment.start({ aws: false, tokens: true });
  apis = [await rig.apiInProcess(), await rig.apiInProcess()];
});
afterAll(async () => {
  await rig.stop();
});

let versions = 0;
async function submit(stack = 'hello'): Promise<string> {
  versions += 1;
  const senza_yaml = `SenzaInfo:\n  StackName: ${stack}\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n`;
  const body = deployment({ senza_yaml, stack_version: `v${versions}` });
  return jobOf(await apis[0].call('POST', '/api/deployments', { body })).id;
}

const finished = (taken: JobClaim): JobProgress => ({
  ...taken.job.progress,
  status: 'succeeded',
  finished_at: new Date().toISOString(),
  waiting_for: null,
});
const line = (text: string): LogLine => ({ source: 'stdout', step: 'create', text });

async function open(
  api: TestApi,
  path: string,
  { lastEventId, signal, token = rig.token }: { lastEventId?: string; signal?: AbortSignal; token?: string } = {},
): Promise<Response> {
  return await fetch(`${api.url}${path}`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The events of a stream until it ends, or the test closes its connection. */
async function* eventsOf(response: Response): AsyncGenerator<ServerSentEvent, undefined> {
  try {
    yield* serverSentEvents(response);
  } catch (error) {
    if (!String(error).startsWith('AbortError')) throw error;
  }
  return undefined;
}

async function all(response: Response): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of eventsOf(response)) events.push(event);
  return events;
}

describe('the events of a job', () => {
  it('come live, begin with a snapshot without an id, and end with `end`; resuming after it is a 204', async () => {
    const id = await submit();
    const reading = all(await open(apis[1], `/api/jobs/${id}/events`));
    const taken = await rig.claim(id);
    await taken.save({ ...taken.job.progress, status: 'running', waiting_for: null }, { madeProgress: true });
    await taken.log([line('one')]);
    await taken.finish(finished(taken));

    const events = await reading;
    expect(events.map(({ event }) => event)).toEqual(['snapshot', 'state', 'state', 'wait', 'log', 'state', 'end']);
    expect(events.map((event) => event.id)).toEqual([undefined, '1', '2', '3', '4', '5', '6']);
    expect(events[0]?.data).toMatchObject({ id, status: 'queued' });
    expect(events[4]?.data).toMatchObject({ source: 'stdout', step: 'create', text: 'one' });
    expect((await open(apis[0], `/api/jobs/${id}/events`, { lastEventId: '6' })).status).toBe(204);
    expect((await open(apis[0], `/api/jobs/${id}/events`, { lastEventId: '7' })).status).toBe(400);
  });

  it('are complete and without duplicates for a client that is disconnected repeatedly, over two APIs', async () => {
    const id = await submit();
    const taken = await rig.claim(id);
    const lines = Array.from({ length: 3_000 }, (_, number) => `line ${number}`);
    const writing = (async () => {
      for (let start = 0; start < lines.length; start += 50) await taken.log(lines.slice(start, start + 50).map(line));
      await taken.finish(finished(taken));
    })();
    const seen: ServerSentEvent[] = [];
    let cuts = 0;
    while (seen.at(-1)?.event !== 'end') {
      const cut = new AbortController();
      const lastEventId = seen.at(-1)?.id;
      const api = apis[cuts % 2] ?? apis[0];
      const response = await open(api, `/api/jobs/${id}/events`, {
        signal: cut.signal,
        ...(lastEventId === undefined ? {} : { lastEventId }),
      });
      let left = (cuts * 37) % 230;
      for await (const event of eventsOf(response)) {
        if (event.id === undefined) continue;
        seen.push(event);
        left -= 1;
        if (left < 0) cut.abort();
        if (left < 0) break;
      }
      cuts += 1;
    }
    await writing;
    expect(cuts).toBeGreaterThan(10);
    expect(seen.map((event) => event.id)).toEqual(seen.map((_, index) => String(index + 1)));
    const texts = seen.flatMap(({ data: { text } }) => (typeof text === 'string' ? [text] : []));
    expect(texts).toEqual([...lines, 'Job succeeded']);
    const { log } = jobOf(await apis[0].call('GET', `/api/jobs/${id}`));
    const sha256 = createHash('sha256')
      .update(`${texts.join('\n')}\n`)
      .digest('hex');
    expect(log).toEqual({ lines: texts.length, sha256 });
  });

  it('that are no longer kept are reported as a gap', async () => {
    const id = await submit();
    const taken = await rig.claim(id);
    await taken.log(['one', 'two', 'three'].map(line));
    await taken.finish(finished(taken));
    await rig.redis.xtrim(rig.keys.events(id), 'MINID', '4');
    const [, gap, next] = await all(await open(apis[0], `/api/jobs/${id}/events`, { lastEventId: '1' }));
    expect([gap?.event, gap?.id, gap?.data]).toEqual(['gap', '3', { missing: 2 }]);
    expect([next?.id, next?.data['text']]).toEqual(['4', 'three']);
    const log = await apis[0].call('GET', `/api/jobs/${id}/log?after=1`, { headers: { accept: 'text/plain' } });
    expect(log.text).toBe('[2 entries of this log are no longer kept]\nthree\nJob succeeded\n');
  });

  it('have the ids of the log, which can be followed and verified', async () => {
    const id = await submit();
    const following = fetch(`${apis[1].url}/api/jobs/${id}/log?follow=true`, {
      headers: { authorization: `Bearer ${rig.token}`, accept: 'text/plain' },
    }).then((response) => response.text());
    const taken = await rig.claim(id);
    await taken.log(['one', 'two', 'ünicode'].map(line));
    await taken.finish(finished(taken));
    const text = await following;
    expect(text).toBe('one\ntwo\nünicode\nJob succeeded\n');
    const { log } = jobOf(await apis[0].call('GET', `/api/jobs/${id}`));
    expect(log).toEqual({ lines: 4, sha256: createHash('sha256').update(text).digest('hex') });
    const rest = await apis[0].call('GET', `/api/jobs/${id}/log?after=2`);
    expect(
      rest.text
        .trim()
        .split('\n')
        .map((each): unknown => JSON.parse(each)),
    ).toMatchObject([{ cursor: '3', text: 'two' }, { cursor: '4' }, { cursor: '6', text: 'Job succeeded' }]);
    expect(
      (
        await apis[0].call(
          'GET',
          `/api/jobs/${id}/log?follow=true&after=${rest.headers.get('x-lizzy-log-cursor') ?? ''}`,
        )
      ).text,
    ).toBe('');
  });

  it('stream as the log while the job runs, until its outcome as the last line', async () => {
    const id = await submit();
    const taken = await rig.claim(id);
    await taken.log([line('starts')]);
    const response = await fetch(`${apis[1].url}/api/jobs/${id}/log?follow=true`, {
      headers: { authorization: `Bearer ${rig.token}`, accept: 'text/plain' },
    });
    if (response.body === null) throw new Error('no response body');
    let text = '';
    let isEnded = false;
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (isEnded || text !== 'starts\n') continue;
      // The line has arrived, and the job has not ended.
      isEnded = true;
      const error = { code: 'stack_failed', detail: 'The stack failed:\n  Queue: quota exceeded', data: {} } as const;
      await taken.finish({ ...finished(taken), status: 'failed', error });
    }
    expect(text).toBe('starts\nJob failed (stack_failed): The stack failed: Queue: quota exceeded\n');
  });

  it('of an unknown job are a 404, and a wrong id is a 400', async () => {
    expect((await open(apis[0], '/api/jobs/nope/events')).status).toBe(404);
    const wrong = await open(apis[0], `/api/jobs/${await submit()}/events`, { lastEventId: 'x' });
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('Last-Event-ID')]);
  });

  it('cannot be continued after an event that has not happened: the client would wait for nothing', async () => {
    const id = await submit();
    const early = await open(apis[0], `/api/jobs/${id}/events`, { lastEventId: '2' });
    expect([early.status, await early.text()]).toEqual([400, expect.stringContaining('Redis may have lost data')]);
    const cut = new AbortController();
    expect((await open(apis[0], `/api/jobs/${id}/events`, { lastEventId: '1', signal: cut.signal })).status).toBe(200);
    cut.abort();
  });

  it('end when the API stops, so that the client reconnects elsewhere', async () => {
    const id = await submit();
    const third = await rig.apiInProcess();
    const response = await open(third, `/api/jobs/${id}/events`);
    const seen: (string | undefined)[] = [];
    let stopped: Promise<void> | undefined;
    for await (const { event } of eventsOf(response)) {
      seen.push(event);
      if (event === 'state') stopped = third.stop();
    }
    await stopped;
    expect(seen).toEqual(['snapshot', 'state']);
  });
});

describe('a stream', () => {
  it('ends with the reason when its token expires', async () => {
    const token = rig.tokens.addToken({ uid: 'robot', realm: '/services', scope: ['uid', SCOPE], expiresInSeconds: 2 });
    const events = await all(await open(apis[0], `/api/jobs/${await submit()}/events`, { token }));
    expect(events.at(-1)).toMatchObject({ id: undefined, event: 'error', data: { reason: 'token_expired' } });
  });

  it('of a log without lines is aborted, and no failure is reported, when its token expires', async () => {
    const token = rig.tokens.addToken({ uid: 'robot', realm: '/services', scope: ['uid', SCOPE], expiresInSeconds: 2 });
    const response = await open(apis[1], `/api/jobs/${await submit()}/log?follow=true`, { token });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(apis[1].logged()).toContain('token_expired');
    expect(apis[1].logged()).not.toContain('Request failed');
  });

  it('is closed when its client does not read, while others continue', async () => {
    const id = await submit();
    const { port } = new URL(apis[0].url);
    const socket = connect(Number(port), '127.0.0.1').pause();
    socket.write(`GET /api/jobs/${id}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${rig.token}\r\n\r\n`);
    const reading = open(apis[0], `/api/jobs/${id}/events`).then(all);
    const taken = await rig.claim(id);
    const batch = Array.from({ length: 200 }, () => line('x'.repeat(1_000)));
    for (let times = 0; times < 100; times += 1) await taken.log(batch);
    await taken.finish(finished(taken));
    expect((await reading).at(-1)?.event).toBe('end');
    await until('the slow reader to be dropped', () => Promise.resolve(apis[0].logged().includes('slow_reader')));
    socket.destroy();
  });
});

describe('the events of all jobs', () => {
  it('can be filtered, name their job, and continue after the last event', async () => {
    const cut = new AbortController();
    const response = await open(apis[1], '/api/events?stack_name=wanted&status=queued,cancelled', {
      signal: cut.signal,
    });
    const events = eventsOf(response);
    expect((await events.next()).value).toMatchObject({ event: 'snapshot', id: undefined, data: { items: [] } });
    await submit('other');
    const id = await submit('wanted');
    const { value } = await events.next();
    expect(value).toMatchObject({
      event: 'state',
      data: { status: 'queued', job: { id, stack_name: 'wanted', kind: 'deploy' } },
    });
    const place = value?.id ?? '';
    cut.abort();

    await apis[0].call('POST', `/api/jobs/${id}/cancel`);
    const again = new AbortController();
    const resumed = eventsOf(
      await open(apis[0], '/api/events?stack_name=wanted', { lastEventId: place, signal: again.signal }),
    );
    expect((await resumed.next()).value).toMatchObject({ event: 'snapshot' });
    for (const event of ['cancel', 'state', 'end'])
      expect((await resumed.next()).value).toMatchObject({ event, data: { job: { id } } });
    again.abort();
  });

  it('cannot be continued after an event that Redis does not know: the client would wait for nothing', async () => {
    const wrong = await open(apis[0], '/api/events', { lastEventId: '99999999' });
    const expected = /whose last one is \d+: Redis may have lost data/;
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringMatching(expected)]);
  });

  it('come although one that another program has written has an impossible time', async () => {
    const odd = await rig.apiInProcess({ QUEUE_PREFIX: 'odd-feed' });
    await rig.redis.xadd('{odd-feed}:feed', '1-0', 't', '1e20', 'd', '{}', 's', 'queued', 'n', '1', 'e', 'null');
    const cut = new AbortController();
    const events = eventsOf(await open(odd, '/api/events?after=0', { signal: cut.signal }));
    await events.next(); // The snapshot.
    expect((await events.next()).value).toMatchObject({ id: '1', data: { at: '1970-01-01T00:00:00.000Z' } });
    cut.abort();
  });

  it('can be filtered by the times of the jobs', async () => {
    const first = await submit('timed');
    await apis[0].call('POST', `/api/jobs/${first}/cancel`);
    const second = await submit('timed');
    await apis[0].call('POST', `/api/jobs/${second}/cancel`);
    const [earlier, later] = await Promise.all(
      [first, second].map(async (id) => jobOf(await apis[0].call('GET', `/api/jobs/${id}`))),
    );
    const matches = async (filter: string): Promise<unknown[]> => {
      const cut = new AbortController();
      const path = `/api/events?stack_name=timed&after=0&${filter}`;
      const events = eventsOf(await open(apis[0], path, { signal: cut.signal }));
      await events.next(); // The snapshot.
      const shown: unknown[] = [];
      while (shown.length < 4) {
        const { event, data } = (await events.next()).value ?? {};
        if (event !== 'gap') shown.push([event, z.object({ job: z.object({ id: z.string() }) }).parse(data).job.id]);
      }
      cut.abort();
      return shown;
    };
    const life = ['state', 'cancel', 'state', 'end'];
    expect(await matches(`created_after=${later?.created_at}`)).toEqual(life.map((event) => [event, second]));
    expect(await matches(`created_before=${later?.created_at}`)).toEqual(life.map((event) => [event, first]));
    const ends = [first, second].flatMap((id) => ['state', 'end'].map((event) => [event, id]));
    expect(await matches(`finished_after=${earlier?.finished_at}`)).toEqual(ends);
  });
});
