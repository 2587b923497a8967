import { checkRedisServer, closeRedis, connectRedis } from '#redis';
import { isFinished } from '#client';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AwsEmulator,
  startAwsEmulator,
  startTokenServer,
  startValkey,
  startWorker,
  Child,
  inProject,
  programArguments,
  type TokenServer,
  type Valkey,
} from '../../local/services/index.js';
import { startApiInProcess } from '../support/api-in-process.js';
import { SCOPE } from '../support/test-environment.js';
import { deployment, jobOf } from '../api/deployment.js';
import { type Certificates, makeCertificates } from '../support/certificates.js';
import { FaultProxy } from '../support/fault-proxy.js';

const PASSWORD = 'pass/word';
/** The ACL rules in docs/operations.md: one allows all commands that are not dangerous, the other one only the required commands. */
const [BROAD_RULES = [], RULES = []] = [
  ...readFileSync(inProject('docs', 'operations.md'), 'utf8').matchAll(
    /^valkey-cli ACL SETUSER lizzy ((?:.*\\\n)*.+)/gm,
  ),
].map(([, rules = '']) =>
  rules
    .replaceAll("'", '')
    .replace('PASSWORD', PASSWORD)
    .split(/[ \\\n]+/),
);

describe('a Redis with users, passwords and TLS', () => {
  let valkey: Valkey;
  let certificates: Certificates;
  let tunnel: FaultProxy;
  let aws: AwsEmulator;
  let tokens: TokenServer;
  beforeAll(async () => {
    [valkey, aws, tokens] = await Promise.all([startValkey(), startAwsEmulator(), startTokenServer()]);
    certificates = await makeCertificates();
    // The Valkey of the tests is built without TLS.
    tunnel = await FaultProxy.start(valkey.port, { tls: certificates });
    const admin = connectRedis({ url: valkey.url, role: 'worker', clientName: 'test', onError: () => undefined });
    await admin.acl('SETUSER', 'broad', ...BROAD_RULES);
    await admin.acl('SETUSER', 'lizzy', ...RULES);
    await admin.acl('SETUSER', 'no-hashes', ...RULES, '-hset', '-hmset');
    await admin.acl('SETUSER', 'no-subscriptions', ...RULES, '-subscribe');
    await admin.acl('SETUSER', 'default', 'off');
    await closeRedis(admin);
  });
  afterAll(async () => {
    tunnel.stop();
    await Promise.all([certificates.remove(), aws.stop(), tokens.stop(), valkey.kill()]);
  });

  const as = (user: string, scheme = 'rediss', port = tunnel.port): string =>
    `${scheme}://${user}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;

  it('needs no dangerous command', async () => {
    const redis = connectRedis({
      url: as('broad', 'redis', valkey.port),
      role: 'worker',
      clientName: 'test',
      onError: () => undefined,
    });
    const warnings: string[] = [];
    await checkRedisServer(
      redis,
      { allowEviction: false, queuePrefix: 'lizzy' },
      { warn: (text) => warnings.push(text) },
    );
    await closeRedis(redis);

    expect(warnings).toEqual([]);
  });

  it('serves an API and a worker that have a user with few rights and the certificate of the authority', async () => {
    const env = { REDIS_URL: as('lizzy'), REDIS_CA_FILE: certificates.authorityFile };
    const worker = await startWorker({ ...env, ...aws.env, POLL_SECONDS: '1' });
    const token = tokens.addToken({ uid: 'robot', scope: ['uid', SCOPE] });
    const api = await startApiInProcess({ ...env, TOKENINFO_URL: tokens.tokeninfoUrl }, token);
    let job = jobOf(await api.call('POST', '/api/deployments', { body: deployment() }));
    while (!isFinished(job)) job = jobOf(await api.call('GET', `${job.links.self}?wait=50`));
    await worker.stop();
    await api.stop();

    expect(job).toMatchObject({ status: 'succeeded', error: null });
    // It needs no further permissions.
    expect(worker.child.lines.filter((line) => line.includes('NOPERM'))).toEqual([]);
  });

  it.each([
    ['api', 'no-subscriptions', /REDIS_URL: the user of Redis lacks permissions: NOPERM .*'subscribe'/],
    ['worker', 'no-hashes', /REDIS_URL: the user of Redis lacks permissions: HMSET, HSET;/],
  ] as const)(
    'keeps the %s of the user %s from starting: code 78, and the missing permissions',
    async (app, user, why) => {
      const child = await Child.start({
        name: app,
        command: process.execPath,
        args: programArguments(app),
        env: {
          REDIS_URL: as(user, 'redis', valkey.port),
          TOKENINFO_URL: tokens.tokeninfoUrl,
          DEPLOYER_SCOPE: 'uid',
          ALLOWED_USERS: 'robot',
        },
      });

      expect(await child.exited).toEqual({ code: 78, signal: null });
      expect(child.tail).toMatch(why);
    },
  );

  it('makes a worker wait whose password is wrong; it is ready as soon as Redis accepts it', async () => {
    const own = await startValkey();
    const worker = await Child.start({
      name: 'worker',
      command: process.execPath,
      args: programArguments('worker'),
      env: { REDIS_URL: as('late', 'redis', own.port), ...aws.env },
    });
    await worker.waitForLine(/WRONGPASS/);
    const admin = connectRedis({ url: own.url, role: 'worker', clientName: 'test', onError: () => undefined });
    await admin.acl('SETUSER', 'late', ...RULES);
    await closeRedis(admin);
    await worker.waitForLine(/Worker is ready/);
    await worker.stop();
    await own.kill();
  });

  it.each([
    ['another password', () => ({ REDIS_URL: as('lizzy', 'redis', valkey.port).replace('word', 'ward') }), /WRONGPASS/],
    ['an unknown authority', () => ({ REDIS_URL: as('lizzy') }), /certificate|self-signed|SELF_SIGNED|verify/i],
  ] as const)('does not serve with %s; the log says why', async (_, env, why) => {
    const worker = await Child.start({
      name: 'worker',
      command: process.execPath,
      args: programArguments('worker'),
      env: env(),
    });
    const line = await worker.waitForLine(why);
    await worker.kill();

    expect(line).not.toContain(encodeURIComponent(PASSWORD));
    expect(worker.tail).not.toMatch(/ready/);
  });
});
