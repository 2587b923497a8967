import { LizzyClient } from '../local/demo/lizzy-client.js';
import { startApi, startAwsEmulator, startTokenServer, startValkey, startWorker } from '../local/services/index.js';

const USER = 'bench';
const SCOPE = 'bench';

/** A Lizzy with one worker, and what it stands on. */
export interface LizzyToMeasure {
  readonly client: LizzyClient;
  readonly apiPid: number;
  readonly workerPid: number;
  /** What a Senza needs in its environment to find the same AWS. */
  readonly awsEnv: Readonly<Record<string, string>>;
  /** Asks and reads the whole answer. Throws on another status than 200. */
  read(path: string): Promise<void>;
  /** The same with a body, for calls that answer 201. */
  create(path: string, body: unknown): Promise<void>;
  stop(): Promise<void>;
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
  const call = async (path: string, expected: number, body?: unknown): Promise<void> => {
    const answer = await fetch(api.url + path, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    const text = await answer.text();
    if (answer.status !== expected) throw new Error(`${path} was answered with ${answer.status}: ${text}`);
  };
  return {
    client: new LizzyClient(api.url, token),
    apiPid: api.pid,
    workerPid: worker.pid,
    awsEnv: aws.env,
    read: async (path) => {
      await call(path, 200);
    },
    create: async (path, body) => {
      await call(path, 201, body);
    },
    stop: async () => {
      await Promise.all([api.stop(), worker.stop()]);
      await Promise.all([valkey.stop(), aws.stop(), tokens.stop()]);
    },
  };
}
