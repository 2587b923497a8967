import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Child,
  inProject,
  startApi,
  startTokenServer,
  startValkey,
  type TokenServer,
  type Valkey,
} from '../../local/parts/index.js';

let valkey: Valkey;
let tokens: TokenServer;
beforeAll(async () => {
  [valkey, tokens] = await Promise.all([startValkey(), startTokenServer()]);
});
afterAll(async () => {
  await Promise.all([valkey.stop(), tokens.stop()]);
});

describe('the API process', () => {
  it('with a wrong environment names every mistake and ends with 78', async () => {
    const child = await Child.start({
      name: 'api',
      command: process.execPath,
      args: [inProject('dist', 'apps', 'api', 'main.js')],
      env: { PORT: 'http', REGION: 'Ireland' },
    });
    expect((await child.exited).code).toBe(78);
    for (const name of ['PORT', 'REGION', 'TOKENINFO_URL', 'DEPLOYER_SCOPE', 'ALLOWED_USERS'])
      expect(child.tail).toContain(name);
  });

  it('answers whoever waits, and ends with 0, on SIGTERM', async () => {
    const env = {
      REDIS_URL: valkey.url,
      TOKENINFO_URL: tokens.tokeninfoUrl,
      DEPLOYER_SCOPE: 'uid',
      ALLOWED_USERS: 'robot',
    };
    const api = await startApi(env);
    const authorization = `Bearer ${tokens.addToken({ uid: 'robot' })}`;
    const body = JSON.stringify({ senza_yaml: 'SenzaInfo: {StackName: hello}', stack_version: 'v1' });
    const headers = { authorization, 'content-type': 'application/json' };
    const submitted = await fetch(`${api.url}/api/deployments`, { method: 'POST', headers, body });
    expect(submitted.status).toBe(202);
    await submitted.arrayBuffer();
    const path = submitted.headers.get('location') ?? '';
    const waiting = fetch(`${api.url}${path}?wait=50`, { headers });
    await (await fetch(`${api.url}${path}`, { headers })).arrayBuffer();
    const exit = api.stop('SIGTERM');
    const answer = await waiting;
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    expect((await exit).code).toBe(0);
  });

  it('is not held up at its end by a connection on which nothing was sent', async () => {
    const api = await startApi({
      REDIS_URL: valkey.url,
      TOKENINFO_URL: tokens.tokeninfoUrl,
      DEPLOYER_SCOPE: 'uid',
      ALLOWED_USERS: 'robot',
    });
    const silent = connect(api.port, '127.0.0.1');
    await once(silent, 'connect');
    await (await fetch(`${api.url}/health/live`)).arrayBuffer(); // Now the server knows the connection, too.
    silent.resume();
    const closed = once(silent, 'close');
    expect((await api.stop('SIGTERM')).code).toBe(0);
    await closed;
  });
});
