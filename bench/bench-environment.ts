import { LizzyClient } from '../local/demo/lizzy-client.js';
import {
  type AwsEmulator,
  startApi,
  startAwsEmulator,
  startTokenServer,
  startValkey,
  startWorker,
} from '../local/services/index.js';
import { type HttpAgent, HttpTarget } from './http-target.js';

const USER = 'bench';
const SCOPE = 'bench';

/** A Lizzy 3 with one API, one worker and an AWS of its own. */
export interface LizzyToMeasure extends HttpAgent {
  readonly client: LizzyClient;
  readonly apiPid: number;
  readonly workerPid: number;
  readonly aws: AwsEmulator;
  /** What a Senza needs in its environment to find the same AWS. */
  readonly awsEnv: Readonly<Record<string, string>>;
  /** Asks and reads the whole answer. Throws on another status than 200. */
  read(path: string): Promise<void>;
  /** The same with a body, for calls that answer 201. */
  create(path: string, body: unknown): Promise<void>;
}

/** Starts all parts on free ports. @param workerEnv further environment variables of the worker */
export async function startLizzyToMeasure(workerEnv: Readonly<Record<string, string>> = {}): Promise<LizzyToMeasure> {
  const [valkey, aws, tokens] = await Promise.all([
    startValkey(),
    startAwsEmulator(),
    startTokenServer({ clients: { [USER]: USER } }),
  ]);
  const shared = { REDIS_URL: valkey.url, REGION: 'eu-west-1' };
  const access = { TOKENINFO_URL: tokens.tokeninfoUrl, DEPLOYER_SCOPE: SCOPE, ALLOWED_USERS: USER };
  const api = await startApi({ ...shared, ...access });
  const worker = await startWorker({ ...shared, ...aws.env, POLL_SECONDS: '1', ...workerEnv });
  const token = tokens.addToken({ uid: USER, scope: ['uid', SCOPE] });
  const target = new HttpTarget(api.url, token);
  return {
    client: new LizzyClient(api.url, token),
    apiPid: api.pid,
    workerPid: worker.pid,
    aws,
    awsEnv: aws.env,
    call: (method, path, expected, body) => target.call(method, path, expected, body),
    read: (path) => target.call('GET', path, 200),
    create: (path, body) => target.call('POST', path, 201, body),
    stop: async () => {
      await Promise.all([api.stop(), worker.stop()]);
      await Promise.all([valkey.stop(), aws.stop(), tokens.stop()]);
    },
  };
}
