import { type Redis } from '#redis';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { z } from 'zod';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { type TestApi } from '../support/api-in-process.js';
import { TestEnvironment } from '../support/test-environment.js';
import { type Answer } from '#client';
import { deployment } from '../api/deployment.js';
import { bare } from '../support/definitions.js';

/** This many keys, and microseconds for each, make a server load for minutes: until the test sets no delay. */
const FILLER_KEYS = 2_000;
const SLOW_LOADING = { 'key-load-delay': '60000', 'loading-process-events-interval-bytes': '1024' };

/** How to make a real server refuse, and serve again. */
const REFUSALS = {
  READONLY: {
    begin: (redis: Redis) => redis.replicaof('127.0.0.1', '1'),
    end: (redis: Redis) => redis.replicaof('NO', 'ONE'),
  },
  OOM: {
    begin: (redis: Redis) => redis.config('SET', 'maxmemory', '1'),
    end: (redis: Redis) => redis.config('SET', 'maxmemory', '0'),
  },
} as const;

describe('a Redis that replies with errors', () => {
  let rig: TestEnvironment;
  let api: TestApi;
  beforeEach(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 1, tokens: true });
    api = await rig.apiInProcess();
  });
  afterEach(async () => {
    await rig.stop();
  });

  async function submit(version: string): Promise<Answer> {
    return await api.call('POST', '/api/deployments', { body: deployment({ stack_version: version }) });
  }

  async function expect503(): Promise<void> {
    const answer = await submit('refused');
    expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([503, true]);
  }

  async function expectServesAgain(): Promise<void> {
    await until('new jobs to be taken', async () => (await submit('again')).status < 300);
  }

  it.each(['READONLY', 'OOM'] as const)(
    '(%s): 503 for new jobs, and running commands are recorded when it accepts writes again',
    async (refusal) => {
      const { begin, end } = REFUSALS[refusal];
      await rig.aws.control.addFault({ kind: 'delay', action: 'CreateStack', stack: 'meanwhile-v1', seconds: 3 });
      const id = await rig.deploy(bare('meanwhile'), 'v1');
      await rig.acting(id, 'create');
      await begin(rig.redis);
      await expect503();
      if (refusal === 'OOM') {
        const full = 'Redis is full: it has reached its maxmemory and accepts no changes';
        expect((await submit('refused')).json).toMatchObject({ detail: full });
        const checks = { redis: { status: 'failing', detail: full } };
        expect((await api.call('GET', '/api/status')).json).toMatchObject({ status: 'NOK', checks });
      }
      await rig.quiet();
      await end(rig.redis);

      expect((await rig.ended(id)).progress.status).toBe('succeeded');
      expect(await rig.calls('CreateStack', 'meanwhile-v1')).toBe(1);
      await expectServesAgain();
    },
  );

  it('(NOSCRIPT): gets its scripts again, whatever is in progress', async () => {
    await rig.aws.control.addFault({ kind: 'delay', action: 'CreateStack', stack: 'scripts-v1', seconds: 3 });
    const id = await rig.deploy(bare('scripts'), 'v1');
    await rig.acting(id, 'create');
    await rig.redis.script('FLUSH');

    expect((await submit('flushed')).status).toBe(202);
    expect(await rig.ended(id)).toMatchObject({ attempt: 1, progress: { status: 'succeeded' } });
  });

  it('(LOADING): 503 until it has loaded its data, and then all data is there', async () => {
    const before = await rig.deploy(bare('loaded'), 'v1');
    await rig.ended(before);
    const filler = Array.from({ length: FILLER_KEYS }, (_, index) => [
      `filler:${index}`,
      randomBytes(2_000).toString('hex'),
    ]);
    await rig.redis.mset(...filler.flat());
    await rig.redis.bgrewriteaof();
    await until('the file to be written', async () =>
      /aof_rewrite_in_progress:0[^]*aof_last_bgrewrite_status:ok/.test(await rig.redis.info('persistence')),
    );
    await rig.valkey.kill();
    const loaded = rig.restartValkey({ conf: SLOW_LOADING });
    await until('it to load', async () => (await say(rig.valkey.port, 'PING')).startsWith('-LOADING'));
    await expect503();
    expect(await say(rig.valkey.port, 'PING')).toMatch(/^-LOADING/);
    expect(await say(rig.valkey.port, 'CONFIG SET key-load-delay 0')).toMatch(/^\+OK/);

    await loaded;
    await expectServesAgain();
    expect((await rig.job(before)).progress.status).toBe('succeeded');
  });
});

/** The reply to a command, without a client that would retry. */
async function say(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(`${command}\r\n`);
    const [answer] = z.tuple([z.instanceof(Buffer)]).parse(await once(socket, 'data'));
    return answer.toString();
  } finally {
    socket.destroy();
  }
}
