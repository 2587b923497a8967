import { type Answer, type CallOptions, LizzyClient } from '#client';
import { readApiConfig } from '#config';
import { ApiMetrics, createErrorReporter, Logger } from '#telemetry';
import { PassThrough } from 'node:stream';
import { SCOPE, USER } from '../../local/stack/lizzy.js';
import { type RunningApi, startApi } from '../../apps/api/bootstrap.js';

/** An API in this process. */
export interface TestApi extends RunningApi {
  readonly url: string;
  readonly client: LizzyClient;
  /** A request with the token of the client; the body is sent as JSON. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Everything that it has logged so far. */
  logged(): string;
  /** Its metrics, as Prometheus would read them. */
  metrics(): Promise<string>;
}

/** Starts one. @param env its environment variables; the port is free unless it says otherwise */
export async function startApiInProcess(env: Readonly<Record<string, string>>, token: string): Promise<TestApi> {
  const config = readApiConfig({ HOST: '127.0.0.1', PORT: '0', DEPLOYER_SCOPE: SCOPE, ALLOWED_USERS: USER, ...env });
  const stream = new PassThrough();
  let log = '';
  stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const logger = Logger.create({ level: 'debug', format: 'json', stream });
  const reporter = await createErrorReporter({ dsn: null, environment: null, version: 'test', process: 'api' });
  const onFatal = (why: Error): void => {
    throw why;
  };
  const metrics = new ApiMetrics('test');
  const api = await startApi({ config, logger, reporter, metrics, onFatal });
  const url = `http://127.0.0.1:${api.port}`;
  const client = new LizzyClient({ url, token });
  return {
    ...api,
    url,
    client,
    call: (method, path, options) => client.call(method, path, options),
    logged: () => log,
    metrics: () => metrics.registry.metrics(),
  };
}
