import { delimiter } from 'node:path';
import { LizzyClient } from '#client';
import { Child, inProject, NO_LAG, startAwsEmulator, startTokenServer } from '../local/services/index.js';
import { callsOf, type MeasuredAgent } from './bench-environment.js';

const USER = 'bench';
const SCOPE = 'bench';
const BIN = inProject('.venv-lizzy-2', 'bin');
const START_MILLISECONDS = 30_000;
/** One thread for each request; Werkzeug prints the port that the system has chosen. */
const PROGRAM = [
  'from werkzeug.serving import run_simple',
  'from lizzy.wsgi import application',
  "run_simple('127.0.0.1', 0, application, threaded=True)",
].join('\n');

/** Starts Lizzy 2.5.4 (local/python/lizzy-2.txt) with an AWS of its own. */
export async function startLizzy2(): Promise<MeasuredAgent> {
  const [aws, tokens] = await Promise.all([
    startAwsEmulator({ settings: NO_LAG }),
    startTokenServer({ clients: { [USER]: USER } }),
  ]);
  const child = await Child.start({
    name: 'lizzy-2',
    command: `${BIN}/python`,
    args: ['-c', PROGRAM],
    env: {
      ...aws.env,
      PATH: [BIN, process.env['PATH']].join(delimiter),
      PYTHONUNBUFFERED: '1',
      PYTHONWARNINGS: 'ignore',
      LC_ALL: 'C.UTF-8',
      AWS_DEFAULT_REGION: 'eu-west-1',
      DEPLOYER_SCOPE: SCOPE,
      // Read as a literal of Python.
      ALLOWED_USERS: `['${USER}']`,
      TOKEN_URL: tokens.tokeninfoUrl,
      TOKENINFO_URL: tokens.tokeninfoUrl,
    },
  });
  const line = await child.readyWhen(child.waitForLine(/Running on http/, START_MILLISECONDS));
  const url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0] ?? '';
  const client = new LizzyClient({ url, token: tokens.addToken({ uid: USER, scope: ['uid', SCOPE] }) });
  return {
    call: callsOf(client),
    stop: async () => {
      await child.stop('SIGKILL');
      await Promise.all([aws.stop(), tokens.stop()]);
    },
  };
}
