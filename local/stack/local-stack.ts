import { mkdirSync } from 'node:fs';
import {
  inProject,
  isFree,
  startApi,
  startAwsEmulator,
  startTokenServer,
  startValkey,
  startWorker,
} from '../services/index.js';

/** Long enough to watch a stack come up, short enough not to wait. */
const STACK_SECONDS = 4;
const PREFERRED_PORT = 8080;
const SCOPE = 'deploy';
const USER = 'developer';

export interface LocalStack {
  readonly url: string;
  readonly token: string;
  readonly awsUrl: string;
  /** Ends all parts, the ones that use others first. */
  stop(): Promise<void>;
}

/** Says what is going on, in one line. */
export type Tell = (line: string) => void;

/**
 * Starts every part of a Lizzy: Valkey, the AWS emulator, the token server, the API and one worker. Parts that did start
 * are stopped when a later one does not.
 */
export async function startLocalStack(tell: Tell): Promise<LocalStack> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next();
  };
  const keep = <T extends { stop(): Promise<unknown> }>(part: T): T => {
    stops.push(() => part.stop());
    return part;
  };
  try {
    return { ...(await startParts(keep, tell)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Keep = <T extends { stop(): Promise<unknown> }>(part: T) => T;

async function startParts(keep: Keep, tell: Tell): Promise<Omit<LocalStack, 'stop'>> {
  const logs = inProject('.local', 'logs');
  mkdirSync(logs, { recursive: true });
  const log = (part: string): { logFile: string } => ({ logFile: `${logs}/${part}.log` });

  // A failure of one must not leave another behind that is not kept yet: wait for both before going on.
  const [valkeyStart, awsStart] = await Promise.allSettled([
    startValkey(log('valkey')).then(keep),
    startAwsEmulator({ stackSeconds: STACK_SECONDS, ...log('aws-emulator') }).then(keep),
  ]);
  const valkey = valueOf(valkeyStart);
  const aws = valueOf(awsStart);
  tell(`Valkey           ${valkey.url}`);
  tell(`AWS emulator     ${aws.url}`);

  const tokens = keep(await startTokenServer({ clients: { [USER]: USER } }));
  const token = tokens.addToken({ uid: USER, scope: ['uid', SCOPE], expiresInSeconds: 24 * 3600 });
  tell(`OAuth2 server    ${tokens.url} (client ${USER}, secret ${USER}, scope ${SCOPE})`);

  const shared = { REDIS_URL: valkey.url, REGION: 'eu-west-1' };
  const isPreferredFree = await isFree(PREFERRED_PORT);
  if (!isPreferredFree) tell(`Port ${PREFERRED_PORT} is taken; the API gets another one.`);
  const api = keep(
    await startApi(
      {
        ...shared,
        ...(isPreferredFree ? { PORT: String(PREFERRED_PORT) } : {}),
        TOKENINFO_URL: tokens.tokeninfoUrl,
        TOKEN_URL: tokens.tokenUrl,
        DEPLOYER_SCOPE: SCOPE,
        ALLOWED_USERS: USER,
      },
      log('api'),
    ),
  );
  tell(`API              ${api.url} (console: ${api.url}/api/ui/)`);
  const worker = keep(await startWorker({ ...shared, ...aws.env, POLL_SECONDS: '1' }, log('worker')));
  tell(`Worker           process ${worker.pid}`);
  return { url: api.url, token, awsUrl: aws.url };
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
