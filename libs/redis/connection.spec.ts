import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { until } from '../../local/services/until.js';
import { startValkey } from '../../local/services/valkey.js';
import { closeRedis, connectRedis, redisReady, type RedisRole } from './connection.js';
import { FaultProxy } from '../../test/support/fault-proxy.js';
import { type Redis, refusalOf } from './index.js';
import { isRedisUnavailable } from './errors.js';
import { RedisConnector } from './redis-connector.js';

describe('connectRedis', () => {
  let valkey: Awaited<ReturnType<typeof startValkey>>;
  let connections: Redis[];
  let errors: Error[];

  function connect(role: RedisRole, url = valkey.url): Redis {
    const redis = connectRedis({ url, role, clientName: 'spec', onError: (error) => errors.push(error) });
    connections.push(redis);
    return redis;
  }

  beforeEach(async () => {
    connections = [];
    errors = [];
    valkey = await startValkey();
  });

  afterEach(async () => {
    await Promise.all(connections.map(closeRedis));
    await valkey.kill();
  });

  it('connects and sets its name', async () => {
    const redis = connect('producer');
    expect(await redisReady(redis, 5_000)).toBe(true);
    expect(await redis.client('GETNAME')).toBe('spec');
  });

  it('has a name in CLIENT LIST with the process, the prefix of the keys and its purpose', async () => {
    const config = { redis: { url: valkey.url }, queuePrefix: 'team-a' };
    const logger = { info: () => undefined, warn: () => undefined };
    const connector = new RedisConnector({ config, client: 'lizzy-api', logger });
    expect(await connector.open('commands', 'worker').client('GETNAME')).toBe('lizzy-api:team-a:commands');
    await connector.close();
  });

  it("fails a producer's command at once while Redis is unavailable, and recovers", async () => {
    const redis = connect('producer');
    await redisReady(redis, 5_000);
    await valkey.kill();
    const error: unknown = await redis.set('key', '1').catch((reason: unknown) => reason);
    expect(isRedisUnavailable(error)).toBe(true);
    valkey = await startValkey({ port: valkey.port });
    expect(await redisReady(redis, 5_000)).toBe(true);
    expect(await redis.set('key', '1')).toBe('OK');
  });

  it("fails a producer's command in bounded time while Redis hangs", async () => {
    const redis = connect('producer');
    await redisReady(redis, 5_000);
    process.kill(valkey.pid, 'SIGSTOP');
    const error: unknown = await redis.get('key').catch((reason: unknown) => reason);
    process.kill(valkey.pid, 'SIGCONT');
    expect(isRedisUnavailable(error)).toBe(true);
  });

  it("fails a producer's command at once before its connection is established", async () => {
    process.kill(valkey.pid, 'SIGSTOP');
    const redis = connect('producer');
    const error: unknown = await redis.get('key').catch((reason: unknown) => reason);
    process.kill(valkey.pid, 'SIGCONT');
    expect(isRedisUnavailable(error)).toBe(true);
  });

  it("queues a worker's command until Redis is available", async () => {
    const redis = connect('worker');
    await redisReady(redis, 5_000);
    await valkey.kill();
    const answer = redis.set('key', '1');
    valkey = await startValkey({ port: valkey.port });
    expect(await answer).toBe('OK');
  });

  it('subscribes to the same channels after a reconnect', async () => {
    const subscriber = connect('subscriber');
    await subscriber.subscribe('news');
    const heard = new Promise((resolve) =>
      subscriber.on('message', (_channel, message) => {
        resolve(message);
      }),
    );
    await valkey.kill();
    valkey = await startValkey({ port: valkey.port });
    const publisher = connect('worker');
    while ((await publisher.publish('news', 'back')) === 0);
    expect(await heard).toBe('back');
  });

  it('connects again and repeats the command when a replica has answered READONLY', async () => {
    const redis = connect('worker');
    const admin = connect('worker');
    await admin.replicaof('127.0.0.1', '1');
    const lost = new Promise((resolve) => redis.once('close', resolve));
    const answer = redis.set('key', '1');
    await lost;
    await admin.replicaof('NO', 'ONE');
    expect(await answer).toBe('OK');
  });

  it('reads from one that stays a replica, and fails changes with its reason', async () => {
    const redis = connect('producer');
    await redisReady(redis, 5_000);
    await redis.set('key', '1');
    await redis.replicaof('127.0.0.1', '1');
    const lost = once(redis, 'close');
    await redis.set('key', '2').catch(() => undefined);
    await lost;
    expect(await redisReady(redis, 5_000)).toBe(true);
    const error: unknown = await redis.set('key', '2').catch((reason: unknown) => reason);
    expect(refusalOf(error)).toBe('Redis is a read-only replica');
    expect(await redis.get('key')).toBe('1');
  });

  it.each(['producer', 'worker', 'subscriber'] as const)('replaces a dead connection of a %s', async (role) => {
    const proxy = await FaultProxy.start(valkey.port);
    const redis = connect(role, proxy.redisUrl);
    const heard: string[] = [];
    if (role === 'subscriber') await redis.subscribe('news');
    redis.on('message', (_channel: string, message: string) => heard.push(message));
    await redisReady(redis, 5_000);
    proxy.dropConnections();

    const sender = connect('worker');
    await until('an answer', async () => {
      if (role !== 'subscriber') return (await redis.ping().catch(() => null)) === 'PONG';
      await sender.publish('news', 'again');
      return heard.length > 0;
    });
    await closeRedis(redis);
    proxy.stop();
  });

  it('reports that Redis is not ready when it is unavailable, and closes without errors', async () => {
    await valkey.kill();
    const redis = connect('producer');
    expect(await redisReady(redis, 100)).toBe(false);
    await closeRedis(redis);
    expect(redis.status).toBe('end');
    expect(errors.every(isRedisUnavailable)).toBe(true);
    expect(errors.length).toBeGreaterThan(0);
  });

  it("rejects a worker's queued commands when it is closed while Redis is unavailable", async () => {
    const redis = connect('worker');
    await redisReady(redis, 5_000);
    await valkey.kill();
    const answer = redis.get('key').catch((reason: unknown) => reason);
    await closeRedis(redis);
    expect(isRedisUnavailable(await answer)).toBe(true);
  });

  it('closes in bounded time while Redis hangs', async () => {
    const before = connect('worker');
    await redisReady(before, 5_000);
    process.kill(valkey.pid, 'SIGSTOP');
    const since = connect('producer');
    await once(since, 'connect');
    await Promise.all([before, since].map(closeRedis));
    expect([before.status, since.status]).toEqual(['end', 'end']);
    process.kill(valkey.pid, 'SIGCONT');
  });
});
