import { LizzyClient } from '#client';
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
  /** Sends a request and reads the response. @throws for another status than expected */
  call(method: string, path: string, expected: number, body?: unknown): Promise<void>;
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
  const client = new LizzyClient({ url: api.url, token });
  return {
    client,
    apiPid: api.pid,
    workerPid: worker.pid,
    awsEnv: aws.env,
    call: async (method, path, expected, body) => {
      const { status, text } = await client.call(method, path, { body });
      if (status !== expected) throw new Error(`${method} ${path}: ${status}: ${text}`);
    },
    stop: async () => {
      await Promise.all([api.stop(), worker.stop()]);
      await Promise.all([valkey.stop(), aws.stop(), tokens.stop()]);
    },
  };
}
