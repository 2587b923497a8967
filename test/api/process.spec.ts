import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Api,
  Child,
  freePort,
  inProject,
  programArguments,
  startApi,
  startTokenServer,
  startValkey,
  startWorker,
  type TokenServer,
  type Valkey,
  until,
} from '../../local/services/index.js';

const CLEAN = { code: 0, signal: null };
const MISTAKES = {
  api: ['PORT', 'REGION', 'TOKENINFO_URL', 'DEPLOYER_SCOPE', 'ALLOWED_USERS'],
  worker: ['REGION'],
};

let valkey: Valkey;
let tokens: TokenServer;
beforeAll(async () => {
  [valkey, tokens] = await Promise.all([startValkey(), startTokenServer()]);
});
afterAll(async () => {
  await Promise.all([valkey.stop(), tokens.stop()]);
});

describe.each(['api', 'worker'] as const)('the process of the %s', (app) => {
  it.each([
    ['--version', 0, /^lizzy-(api|worker) 3\.0\.0$/],
    ['--help', 0, /^Usage: node dist\/apps\/(api|worker)\/main\.js/],
    ['--verbose', 64, /^Unknown arguments: --verbose/],
  ])('with %s exits with code %i', async (argument, code, output) => {
    const args = [inProject('dist', 'apps', app, 'main.js'), argument];
    const child = await Child.start({ name: app, command: process.execPath, args });
    expect(await child.exited).toEqual({ code, signal: null });
    expect(child.lines[0]).toMatch(output);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('exits with 0 on %s while it still loads its modules', async (signal) => {
    const child = await Child.start({
      name: app,
      command: process.execPath,
      args: [inProject('dist', 'apps', app, 'main.js')],
      env: { NODE_DEBUG: 'esm' }, // Node logs each module.
    });
    await child.waitForLine(/Translating .*\/libs\/config\/index\.js/);
    expect(await child.stop(signal)).toEqual(CLEAN);
  });

  it('with an invalid environment names every mistake, and nothing else, and exits with 78', async () => {
    const env = { PORT: 'http', REGION: 'Ireland' };
    const child = await Child.start({ name: app, command: process.execPath, args: programArguments(app), env });
    expect((await child.exited).code).toBe(78);
    for (const name of MISTAKES[app]) expect(child.tail).toContain(name);
    expect(child.tail).not.toMatch(/^ +at /m);
  });

  it('logs an uncaught exception as its last words, and exits with 1', async () => {
    const program = encodeURIComponent(`process.on('SIGUSR2', () => { throw new Error('a defect'); });`);
    const env = { ...environment(valkey.url), NODE_OPTIONS: `--import=data:text/javascript,${program}` };
    const { child } = app === 'api' ? await startApi(env) : await startWorker(env);
    child.signal('SIGUSR2');
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.tail).toMatch(/ERROR Uncaught exception .*a defect/);
  });
});

describe('the API process', () => {
  it('responds to waiting requests, and exits with 0, on SIGTERM', async () => {
    const { api, waiting } = await waitForJob(valkey.url);
    const exit = api.stop('SIGTERM');
    expect((await waiting).status).toBe(200);
    expect(await exit).toEqual(CLEAN);
  });

  it('does so, too, when Redis has become unavailable, or hangs', async () => {
    for (const fault of ['SIGKILL', 'SIGSTOP'] as const) {
      const own = await startValkey();
      const { api, waiting } = await waitForJob(own.url);
      own.child.signal(fault);
      const exit = api.child.stop('SIGTERM');
      expect([200, 503]).toContain((await waiting).status);
      expect(await exit).toEqual(CLEAN);
      await own.kill();
    }
  });

  it('exits with 0 on SIGTERM when Redis was never available, whether it serves requests already or not', async () => {
    const env = environment(`redis://127.0.0.1:${await freePort()}`);
    const ready = await startApi(env);
    const starting = await Child.start({
      name: 'api',
      command: process.execPath,
      args: programArguments('api'),
      env: { ...env, HOST: '127.0.0.1', PORT: '0' },
    });
    await starting.waitForLine(/Redis/);
    expect(await starting.stop('SIGTERM')).toEqual(CLEAN);
    expect(await ready.child.stop('SIGTERM')).toEqual(CLEAN);
  });

  it('is not delayed at shutdown by a connection on which nothing was sent', async () => {
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

function environment(redisUrl: string): Record<string, string> {
  return {
    REDIS_URL: redisUrl,
    TOKENINFO_URL: tokens.tokeninfoUrl,
    DEPLOYER_SCOPE: 'uid',
    ALLOWED_USERS: 'robot',
  };
}

/** An API process, and a request that waits in it for a job that no worker runs. */
async function waitForJob(redisUrl: string): Promise<{ api: Api; waiting: Promise<Response> }> {
  const api = await startApi(environment(redisUrl));
  const authorization = `Bearer ${tokens.addToken({ uid: 'robot' })}`;
  const body = JSON.stringify({ senza_yaml: 'SenzaInfo: {StackName: hello}', stack_version: 'v1' });
  const headers = { authorization, 'content-type': 'application/json' };
  let path = '';
  // On a loaded machine Redis can take longer to answer than the API waits for it.
  await until('the job to be submitted', async () => {
    const submitted = await fetch(`${api.url}/api/deployments`, { method: 'POST', headers, body });
    await submitted.arrayBuffer();
    path = submitted.headers.get('location') ?? '';
    return submitted.status === 202;
  });
  const waiting = fetch(`${api.url}${path}?wait=50`, { headers }).then(async (answer) => {
    await answer.arrayBuffer();
    return answer;
  });
  await (await fetch(`${api.url}${path}`, { headers })).arrayBuffer();
  return { api, waiting };
}

describe('an API that cannot listen on its address', () => {
  it.each([
    [
      'the port is in use',
      () => ({ PORT: String(valkey.port) }),
      () => `PORT: port ${valkey.port} of 127.0.0.1 is already in use`,
    ],
    // An address for documentation (RFC 5737), which no machine has.
    [
      'the address is another machine’s',
      () => ({ HOST: '192.0.2.1' }),
      () => 'HOST: 192.0.2.1 is not an address of this machine; leave the variable out to listen on all',
    ],
  ])('exits with code 78 and one sentence when %s', async (_why, wrong, sentence) => {
    const env = { REDIS_URL: valkey.url, TOKENINFO_URL: tokens.tokeninfoUrl, DEPLOYER_SCOPE: 'x', ALLOWED_USERS: 'a' };
    const settings = { ...env, HOST: '127.0.0.1', PORT: '0', ...wrong() };
    const child = await Child.start({
      name: 'api',
      command: process.execPath,
      args: programArguments('api'),
      env: settings,
    });
    expect(await child.exited).toEqual({ code: 78, signal: null });
    // It has other lines only if it looks for Redis meanwhile.
    expect(child.lines.filter((line) => !line.includes('Redis'))).toEqual([
      expect.stringMatching(/ ERROR The configuration is invalid process=api detail=/),
    ]);
    expect(child.tail).toContain(JSON.stringify(sentence()));
  });
});

describe('a process with a wrong configuration', () => {
  it.each(['api', 'worker'] as const)('(%s) prints a line of its log for each error, and nothing else', async (app) => {
    const child = await Child.start({
      name: app,
      command: process.execPath,
      args: programArguments(app),
      env: { LOG_FORMAT: 'json', HISTORY_DAYS: '0', METRICS_PORT: 'x', TOKENINFO_URL: tokens.tokeninfoUrl },
    });
    expect(await child.exited).toEqual({ code: 78, signal: null });
    const common = { time: expect.any(String), level: 'error', message: 'The configuration is invalid', process: app };
    const own = app === 'api' ? ['ALLOWED_USERS, ALLOWED_USER_PATTERN: exactly one of them must be set'] : [];
    const details = [...own, 'HISTORY_DAYS: must be a whole number from 1 to 3650'];
    expect(child.lines.map((line): unknown => JSON.parse(line))).toEqual(
      expect.arrayContaining(details.map((detail) => ({ ...common, detail }))),
    );
  });
});
