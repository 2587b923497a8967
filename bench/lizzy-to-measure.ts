import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { LizzyClient } from '../local/demo/lizzy-client.js';
import {
  inProject,
  startApi,
  startAwsEmulator,
  startTokenServer,
  startValkey,
  startWorker,
} from '../local/parts/index.js';

const USER = 'bench';
const SCOPE = 'bench';

/** A Lizzy whose Senza leaves a note whenever it is started. */
export interface LizzyToMeasure {
  readonly client: LizzyClient;
  readonly apiPid: number;
  readonly workerPid: number;
  /** When Senza was started, each time, in milliseconds since 1970. */
  readonly senzaStarts: () => readonly number[];
  /** Asks and reads the whole answer. Throws on another status than 200. */
  read(path: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts all parts on free ports, with one worker. */
export async function startLizzyToMeasure(): Promise<LizzyToMeasure> {
  const senza = notingSenza(inProject('.local', 'bench'));
  const [valkey, aws, tokens] = await Promise.all([
    startValkey(),
    startAwsEmulator(),
    startTokenServer({ clients: { [USER]: USER } }),
  ]);
  const shared = { REDIS_URL: valkey.url, REGION: 'eu-west-1' };
  const access = { TOKENINFO_URL: tokens.tokeninfoUrl, DEPLOYER_SCOPE: SCOPE, ALLOWED_USERS: USER };
  const api = await startApi({ ...shared, ...access });
  const worker = await startWorker({ ...shared, ...aws.env, POLL_SECONDS: '1', SENZA_COMMAND: senza.command });
  const token = tokens.addToken({ uid: USER, scope: ['uid', SCOPE] });
  return {
    client: new LizzyClient(api.url, token),
    apiPid: api.pid,
    workerPid: worker.pid,
    senzaStarts: senza.starts,
    read: async (path) => {
      const answer = await fetch(api.url + path, { headers: { authorization: `Bearer ${token}` } });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`);
    },
    stop: async () => {
      await Promise.all([api.stop(), worker.stop()]);
      await Promise.all([valkey.stop(), aws.stop(), tokens.stop()]);
    },
  };
}

/** A command that writes down the time and becomes Senza. */
function notingSenza(folder: string): { readonly command: string; readonly starts: () => readonly number[] } {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const command = `${folder}/senza`;
  const notes = `${folder}/starts`;
  writeFileSync(notes, '');
  writeFileSync(command, `#!/bin/sh\ndate +%s%N >>'${notes}'\nexec '${inProject('.venv', 'bin', 'senza')}' "$@"\n`);
  chmodSync(command, 0o755);
  const nanosecondsOf = (text: string): number[] => text.split('\n').filter(Boolean).map(Number);
  return { command, starts: () => nanosecondsOf(readFileSync(notes, 'utf8')).map((each) => each / 1e6) };
}
