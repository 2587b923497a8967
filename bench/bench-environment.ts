import { LizzyClient } from '#client';
import { type AwsEmulator, NO_LAG } from '../local/services/index.js';
import { Lizzy } from '../local/stack/lizzy.js';

/** An agent that is measured through its API. */
export interface MeasuredAgent {
  /** Sends a request and reads the response. @throws for another status than expected */
  call(method: string, path: string, expected: number, body?: unknown): Promise<void>;
  stop(): Promise<void>;
}

/** A Lizzy 3 with one API, one worker and an AWS of its own. */
export interface BenchEnvironment extends MeasuredAgent {
  readonly client: LizzyClient;
  readonly apiPid: number;
  readonly workerPid: number;
  readonly aws: AwsEmulator;
}

/** Starts all parts on free ports. @param workerEnv further environment variables of the worker */
export async function startBenchEnvironment(
  workerEnv: Readonly<Record<string, string>> = {},
): Promise<BenchEnvironment> {
  const lizzy = await Lizzy.start({ aws: { settings: NO_LAG } });
  const api = await lizzy.addApi();
  const worker = await lizzy.addWorker(workerEnv);
  const client = new LizzyClient({ url: api.url, token: lizzy.token });
  return {
    client,
    apiPid: api.pid,
    workerPid: worker.pid,
    aws: lizzy.aws,
    call: callsOf(client),
    stop: () => lizzy.stop(),
  };
}

/** The calls of a client as {@link MeasuredAgent.call}. */
export function callsOf(client: LizzyClient): MeasuredAgent['call'] {
  return async (method, path, expected, body) => {
    const { status, text } = await client.call(method, path, { body });
    if (status !== expected) throw new Error(`${method} ${path}: ${status}: ${text}`);
  };
}
