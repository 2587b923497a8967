import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from '#redis';
import { z } from 'zod';
import { freePort, until } from '../../local/services/index.js';
import { FakeOtlpReceiver } from '../support/fake-otlp-receiver.js';
import { FakeSentry } from '../support/fake-sentry.js';
import { descendantsOf, type VisibleProcess } from '../support/processes.js';
import { SCOPE, TestEnvironment, USER } from '../support/test-environment.js';

/** What the test looks for: in full, in parts, and in the encodings in which text is passed on. */
const NO_ECHO = `pass: "w0rd-${'canary'.repeat(3)}"`;
const AWS_SECRET = 'aws-canary-0123456789abcdef';
const UNKNOWN_TOKEN = 'token-canary-0123456789';
/** In places where a client may send a secret by mistake: header fields, the query, other schemes of authorization. */
const MISPLACED = 'misplaced-canary-0123456789';
const REDIS_PASSWORD = 'redis-canary-0123456789';
const ADMIN_SCOPE = 'admin';
/** The command of a job takes so long that it is among the child processes when these are read: the test ends the delay. */
const COMMAND_SECONDS = 120;
const MEDIA_TYPES = ['application/json', 'application/x-ndjson', 'text/csv'];

const definition = (name: string, resource: string): string => `SenzaInfo:
  StackName: ${name}
  Parameters:
    - Password: {Description: A password, NoEcho: true}
SenzaComponents:
  - Configuration: {Type: Senza::Configuration}
Resources:
  Queue:
${resource}
`;
const queue = '    {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: a, Value: {Ref: Password}}]}}';
const DEFINITIONS = {
  good: definition('good', queue),
  // CloudFormation repeats the name in its reason.
  refused: definition('refused', '    {Type: AWS::SQS::Queue, Properties: {QueueName: {Ref: Password}}}'),
  // Senza fails, with the value in the line that it quotes.
  broken: definition(
    'broken',
    '    Type: AWS::SQS::Queue\n    Metadata:\n      Url: postgres://app:{{Arguments.Password}}@db.example.org/app',
  ),
};

/** Every value in Redis with its key, but the requests of jobs, which hold what has to be passed to Senza. */
async function valuesIn(redis: Redis): Promise<[string, unknown][]> {
  const read: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
    string: (key) => redis.get(key),
    hash: (key) => redis.hgetall(key),
    list: (key) => redis.lrange(key, 0, -1),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, '0', '-1'),
    stream: (key) => redis.xrange(key, '-', '+'),
  };
  const keys = (await redis.keys('*')).filter((key) => !key.includes(':request:'));
  // A key can expire meanwhile.
  return await Promise.all(
    keys.map(async (key): Promise<[string, unknown]> => [key, (await read[await redis.type(key)]?.(key)) ?? null]),
  );
}

const misplacedHeaders: readonly Readonly<Record<string, string>>[] = [
  { authorization: `Basic ${MISPLACED}` },
  { authorization: MISPLACED },
  Object.fromEntries(
    [
      'cookie',
      'user-agent',
      'idempotency-key',
      'traceparent',
      'tracestate',
      'if-none-match',
      'prefer',
      'x-api-key',
    ].map((name) => [name, MISPLACED]),
  ),
];

const isCommand = ({ commandLine }: VisibleProcess): boolean => commandLine.includes('launcher.py');

/** What an endless stream sends until the signal ends it. */
async function readUntilAborted(url: string, token: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal });
  let text = '';
  try {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return text;
}

describe('secrets', () => {
  const sentry = new FakeSentry();
  const collector = new FakeOtlpReceiver();
  const ports = { api: 0, worker: 0 };
  const responses: string[] = [];
  /** The child processes that were seen, by their IDs. */
  const children = new Map<number, VisibleProcess>();
  let lizzy: TestEnvironment;
  let secrets: readonly string[];

  beforeAll(async () => {
    Object.assign(ports, { api: await freePort(), worker: await freePort() });
    const shared = {
      LOG_LEVEL: 'DEBUG',
      LOG_FORMAT: 'json',
      SENTRY_DSN: await sentry.listen(),
      OTEL_EXPORTER_OTLP_ENDPOINT: await collector.listen(),
      METRICS_HOST: '127.0.0.1',
    };
    lizzy = await TestEnvironment.start({ tokens: true });
    await lizzy.redis.call('ACL', 'SETUSER', 'lizzy', 'on', `>${REDIS_PASSWORD}`, '~*', '&*', '+@all');
    const REDIS_URL = lizzy.valkey.url.replace('redis://', `redis://lizzy:${REDIS_PASSWORD}@`);
    await lizzy.addApi({ ...shared, REDIS_URL, ADMIN_SCOPE, METRICS_PORT: String(ports.api) });
    await lizzy.addWorker({
      ...shared,
      REDIS_URL,
      METRICS_PORT: String(ports.worker),
      AWS_SECRET_ACCESS_KEY: AWS_SECRET,
    });
    const admin = lizzy.tokens.addToken({ uid: USER, scope: ['uid', SCOPE, ADMIN_SCOPE] });
    const get = async (path: string, accept = 'application/json', token = lizzy.token): Promise<void> => {
      const { text, headers } = await lizzy.call('GET', path, { headers: { accept } }, token);
      responses.push(text, JSON.stringify([...headers]));
    };
    const feed = new AbortController();
    const reading = readUntilAborted(`${lizzy.api.url}/api/events`, lizzy.token, feed.signal);
    await lizzy.aws.control.addFault({
      kind: 'delay',
      action: 'CreateStack',
      stack: 'good-1',
      seconds: COMMAND_SECONDS,
    });
    const reason = `${NO_ECHO} is not the name of a queue`;
    await lizzy.aws.control.addFault({ kind: 'fail_stack', action: 'CreateStack', stack: 'refused-1', reason });
    for (const [name, senza_yaml] of Object.entries(DEFINITIONS)) {
      const body = { senza_yaml, stack_version: '1', parameters: [`Password=${NO_ECHO}`] };
      const { status, text, json } = await lizzy.call('POST', '/api/deployments', { body });
      responses.push(text);
      if (status !== 202) throw new Error(`${name} is not accepted: ${text}`);
      const { id } = z.object({ id: z.string() }).parse(json);
      // The streams are read while the job runs.
      const running = ['?wait=55', '/log?follow=true', '/events'].map((part) => get(`/api/jobs/${id}${part}`));
      if (name === 'good') {
        await lizzy.aws.control.faultMet('CreateStack', 'good-1');
        await until('the command to run', async () => {
          for (const { pid } of [lizzy.api, ...lizzy.workers])
            for (const child of await descendantsOf(pid)) children.set(child.pid, child);
          return [...children.values()].some(isCommand);
        });
        await lizzy.aws.control.clearFaults('good-1');
      }
      await Promise.all(running);
      for (const part of ['log', 'definition']) await get(`/api/jobs/${id}/${part}`);
      await get(`/api/applications/${name}`);
    }
    for (const accept of MEDIA_TYPES) await get('/api/jobs', accept);
    for (const accept of MEDIA_TYPES) await get('/api/audit', accept, admin);
    feed.abort();
    responses.push(await reading);
    // A token in the wrong place, and one that is unknown.
    await get(`/api/jobs?access_token=${lizzy.token}`);
    responses.push((await lizzy.call('GET', '/api/jobs', {}, UNKNOWN_TOKEN)).text);
    for (const headers of misplacedHeaders) {
      const body = { senza_yaml: DEFINITIONS.good, stack_version: '2', dry_run: true, [MISPLACED]: MISPLACED };
      await lizzy.call('POST', '/api/deployments', { headers, body });
      const { text } = await lizzy.call('GET', `/api/jobs?cursor=${MISPLACED}&access_token=${MISPLACED}`, { headers });
      responses.push(text);
    }
    for (const path of ['/api/jobs', '/api/stacks', '/api/status', '/api/workers', '/health']) await get(path);
    for (const port of Object.values(ports))
      responses.push(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    const parts = [NO_ECHO.slice(7, 19), NO_ECHO.slice(-12, -1), JSON.stringify(NO_ECHO).slice(1, -1)];
    const encoded = [encodeURIComponent(NO_ECHO), Buffer.from(NO_ECHO).toString('base64').slice(0, 16)];
    secrets = [...parts, ...encoded, MISPLACED, AWS_SECRET, REDIS_PASSWORD, lizzy.token, admin, UNKNOWN_TOKEN];
  });
  afterAll(async () => {
    await lizzy.stop();
    sentry.close();
    collector.close();
  });

  const leaked = (text: string): string[] => secrets.filter((secret) => text.includes(secret));

  it('are in no response', () => {
    expect(responses.filter((text) => text.length > 0).length).toBeGreaterThan(20);
    expect(responses.flatMap(leaked)).toEqual([]);
    expect(responses.some((text) => text.includes('**** is not the name of a queue'))).toBe(true);
  });

  it('are in no environment and no command line of a child process', () => {
    // The template of Senza, its watchdog, and at least one command.
    expect(children.size).toBeGreaterThanOrEqual(3);
    const found = [...children.values()].map((child) => {
      // A command needs the credentials of AWS.
      const allowed = isCommand(child) ? [AWS_SECRET] : [];
      return leaked(child.environment + child.commandLine).filter((secret) => !allowed.includes(secret));
    });
    expect(found.flat()).toEqual([]);
  });

  it('are in no export, audit record or event of the feed', () => {
    const all = responses.join('\n');
    // What was read has content: the CSV header, audit records, and the end of a job in the feed.
    for (const part of ['id,kind,status', '"action":"submit_deployment"', 'event: end'])
      expect(all.includes(part)).toBe(true);
  });

  it('are in no log line', () => {
    const [worker] = lizzy.workers;
    const lines = [...lizzy.api.child.lines, ...(worker?.child.lines ?? [])];
    expect(lines.filter((line) => line.includes('"job_id"')).length).toBeGreaterThan(0);
    expect(lines.filter((line) => leaked(line).length > 0)).toEqual([]);
  });

  it('are not in Redis, but for the requests of jobs', async () => {
    const values = await valuesIn(lizzy.redis);
    expect(values.length).toBeGreaterThan(5);
    expect(values.filter(([, value]) => leaked(JSON.stringify(value)).length > 0)).toEqual([]);
  });

  it('are in no report to Sentry', async () => {
    await until('the failed jobs to be reported', () => Promise.resolve(sentry.events.length > 0));
    expect(leaked(sentry.envelopes.join('\n'))).toEqual([]);
  });

  it('are in no trace', async () => {
    const jobs = (): number => collector.spans.filter(({ name }) => name === 'job deploy').length;
    await until('the spans of the jobs', () => Promise.resolve(jobs() === Object.keys(DEFINITIONS).length));
    expect(leaked(collector.bodies.join('\n'))).toEqual([]);
  });
});
