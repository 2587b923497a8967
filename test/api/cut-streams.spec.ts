import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from '../../local/services/index.js';
import { type TestApi } from '../support/api-in-process.js';
import { TestEnvironment } from '../support/test-environment.js';
import { deployment, jobOf } from './deployment.js';

describe('a log or a download that is cut off', () => {
  let rig: TestEnvironment;
  let versions = 0;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ aws: false, tokens: true });
  });
  afterAll(async () => {
    await rig.stop();
  });

  /** Follows the log of a new job with HTTP/1.0, as some proxies do: the end of its connection is the end of the response. */
  async function follow(api: TestApi): Promise<{ id: string; end: Promise<unknown> }> {
    versions += 1;
    const body = deployment({ stack_version: `v${versions}` });
    const { id } = jobOf(await api.call('POST', '/api/deployments', { body }));
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const end = endOf(socket);
    socket.write(`GET /api/jobs/${id}/log?follow=true HTTP/1.0\r\nAuthorization: Bearer ${rig.token}\r\n\r\n`);
    await once(socket, 'data'); // The header of the response.
    return { id, end };
  }

  it('because the API stops has its connection reset, and is in the log', async () => {
    const api = await rig.apiInProcess();
    const { end } = await follow(api);
    await api.stop();
    expect(await end).toBe('ECONNRESET');
    expect(api.logged()).toMatch(/"message":"Stream ended early".*"reason":"stopping"/);
    expect(api.logged()).not.toContain('Request failed');
  });

  it('because of damage in Redis has its connection reset, and the cause is in the log', async () => {
    const api = await rig.apiInProcess();
    const { id, end } = await follow(api);
    await rig.redis.set(rig.keys.events(id), 'x');
    await rig.redis.publish(rig.keys.jobEvents, JSON.stringify({ id, last: 9 }));
    expect(await end).toBe('ECONNRESET');
    await until('the log line', () => /"message":"Request failed".*"code":"record_damaged"/.test(api.logged()));
    expect(await api.metrics()).toMatch(/^lizzy_unexpected_errors_total\S* 0$/m);
  });
});

/** How a connection ends: `end` in order, or the code of its error. */
async function endOf(socket: Socket): Promise<unknown> {
  return await new Promise((resolve) => {
    socket.once('end', () => {
      resolve('end');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code);
    });
    socket.resume();
  });
}
