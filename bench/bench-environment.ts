import { LizzyClient } from '#client';
import { Lizzy } from '../local/stack/lizzy.js';

/** A Lizzy with one API and one worker. */
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
  const lizzy = await Lizzy.start();
  const api = await lizzy.addApi();
  const worker = await lizzy.addWorker(workerEnv);
  const client = new LizzyClient({ url: api.url, token: lizzy.token });
  return {
    client,
    apiPid: api.pid,
    workerPid: worker.pid,
    awsEnv: lizzy.aws.env,
    call: async (method, path, expected, body) => {
      const { status, text } = await client.call(method, path, { body });
      if (status !== expected) throw new Error(`${method} ${path}: ${status}: ${text}`);
    },
    stop: () => lizzy.stop(),
  };
}
