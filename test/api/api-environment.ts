import { readApiConfig } from '#config';
import { ApiMetrics, createErrorReporter, Logger } from '#telemetry';
import { PassThrough } from 'node:stream';
import { type RunningApi, startApi } from '../../apps/api/bootstrap.js';
import { startTokenServer, startValkey, type TokenServer, type Valkey } from '../../local/services/index.js';
import { type Answer, type CallOptions, LizzyClient } from '#client';

/** An API in this process, with a way to talk to it as the robot that is allowed. */
export interface TestApi extends RunningApi {
  readonly url: string;
  /** A request with the robot's token; the body is sent as JSON. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  readonly client: LizzyClient;
  /** Everything that it has logged so far. */
  logged(): string;
}

/** The parts around an API: a real Valkey and a token server. */
export interface ApiRig {
  readonly valkey: Valkey;
  readonly tokens: TokenServer;
  readonly token: string;
  api(env?: Readonly<Record<string, string>>): Promise<TestApi>;
  stop(): Promise<void>;
}

export const SCOPE = 'deploy';

/** Starts the parts; `api` starts as many APIs on them as wanted. */
export async function startApiRig(): Promise<ApiRig> {
  const [valkey, tokens] = await Promise.all([startValkey(), startTokenServer()]);
  const token = tokens.addToken({ uid: 'robot', realm: '/services', scope: ['uid', SCOPE] });
  const apis: TestApi[] = [];
  return {
    valkey,
    tokens,
    token,
    api: async (env = {}) => {
      const api = await startTestApi({ REDIS_URL: valkey.url, TOKENINFO_URL: tokens.tokeninfoUrl, ...env }, token);
      apis.push(api);
      return api;
    },
    stop: async () => {
      await Promise.all(apis.map((api) => api.stop()));
      await Promise.all([valkey.stop(), tokens.stop()]);
    },
  };
}

/** Starts an API in this process. */
export async function startTestApi(env: Readonly<Record<string, string>>, token: string): Promise<TestApi> {
  const config = readApiConfig({ HOST: '127.0.0.1', PORT: '0', DEPLOYER_SCOPE: SCOPE, ALLOWED_USERS: 'robot', ...env });
  const stream = new PassThrough();
  let log = '';
  stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const logger = Logger.create({ level: 'debug', format: 'json', stream });
  const reporter = await createErrorReporter({ dsn: null, environment: null, version: 'test', process: 'api' });
  const onFatal = (why: Error): void => {
    throw why;
  };
  const api = await startApi({ config, logger, reporter, metrics: new ApiMetrics('test'), onFatal });
  const url = `http://127.0.0.1:${api.port}`;
  const client = new LizzyClient({ url, token });
  return {
    ...api,
    url,
    client,
    call: (method, path, options) => client.call(method, path, options),
    logged: () => log,
  };
}
