import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from '#redis';
import { z } from 'zod';
import { freePort, until } from '../../local/services/index.js';
import { FakeSentry } from '../support/fake-sentry.js';
import { TestEnvironment } from '../support/test-environment.js';

const TIMEOUT_MS = 120_000;
/** What the test looks for: in full, in parts, and in the encodings in which text is passed on. */
const NO_ECHO = `pass: "w0rd-${'canary'.repeat(3)}"`;
const AWS_SECRET = 'aws-canary-0123456789abcdef';
const UNKNOWN_TOKEN = 'token-canary-0123456789';
const REDIS_PASSWORD = 'redis-canary-0123456789';

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
  // CloudFormation repeats the name in its error.
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
  return await Promise.all(
    keys.map(async (key): Promise<[string, unknown]> => [key, await read[await redis.type(key)]?.(key)]),
  );
}

describe('secrets', () => {
  const sentry = new FakeSentry();
  const ports = { api: 0, worker: 0 };
  const responses: string[] = [];
  let lizzy: TestEnvironment;
  let secrets: readonly string[];

  beforeAll(async () => {
    Object.assign(ports, { api: await freePort(), worker: await freePort() });
    const shared = {
      LOG_LEVEL: 'DEBUG',
      LOG_FORMAT: 'json',
      SENTRY_DSN: await sentry.listen(),
      METRICS_HOST: '127.0.0.1',
    };
    lizzy = await TestEnvironment.start({ tokens: true });
    await lizzy.redis.call('ACL', 'SETUSER', 'lizzy', 'on', `>${REDIS_PASSWORD}`, '~*', '&*', '+@all');
    const REDIS_URL = lizzy.valkey.url.replace('redis://', `redis://lizzy:${REDIS_PASSWORD}@`);
    await lizzy.addApi({ ...shared, REDIS_URL, METRICS_PORT: String(ports.api) });
    await lizzy.addWorker({
      ...shared,
      REDIS_URL,
      METRICS_PORT: String(ports.worker),
      AWS_SECRET_ACCESS_KEY: AWS_SECRET,
    });
    const get = async (path: string): Promise<void> => {
      const { text, headers } = await lizzy.call('GET', path);
      responses.push(text, JSON.stringify([...headers]));
    };
    for (const [name, senza_yaml] of Object.entries(DEFINITIONS)) {
      const body = { senza_yaml, stack_version: '1', parameters: [`Password=${NO_ECHO}`] };
      const { status, text, json } = await lizzy.call('POST', '/api/deployments', { body });
      responses.push(text);
      if (status !== 202) throw new Error(`${name} is not accepted: ${text}`);
      const { id } = z.object({ id: z.string() }).parse(json);
      await get(`/api/jobs/${id}?wait=55`);
      for (const part of ['log', 'log?follow=true', 'definition', 'events']) await get(`/api/jobs/${id}/${part}`);
      await get(`/api/applications/${name}`);
    }
    // A token in the wrong place, and one that is unknown.
    await get(`/api/jobs?access_token=${lizzy.token}`);
    responses.push((await lizzy.call('GET', '/api/jobs', {}, UNKNOWN_TOKEN)).text);
    for (const path of ['/api/jobs', '/api/stacks', '/api/status', '/api/workers', '/health']) await get(path);
    for (const port of Object.values(ports))
      responses.push(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    const parts = [NO_ECHO.slice(7, 19), NO_ECHO.slice(-12, -1), JSON.stringify(NO_ECHO).slice(1, -1)];
    const encoded = [encodeURIComponent(NO_ECHO), Buffer.from(NO_ECHO).toString('base64').slice(0, 16)];
    secrets = [...parts, ...encoded, AWS_SECRET, REDIS_PASSWORD, lizzy.token, UNKNOWN_TOKEN];
  }, TIMEOUT_MS);
  afterAll(async () => {
    await lizzy.stop();
    sentry.close();
  });

  const leaked = (text: string): string[] => secrets.filter((secret) => text.includes(secret));

  it('are in no response', () => {
    expect(responses.filter((text) => text.length > 0).length).toBeGreaterThan(20);
    expect(responses.flatMap(leaked)).toEqual([]);
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
    await until('the failed jobs to be reported', TIMEOUT_MS, () => Promise.resolve(sentry.events.length > 0));
    expect(leaked(JSON.stringify(sentry.events))).toEqual([]);
  });
});
