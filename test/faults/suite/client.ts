import { setTimeout as after } from 'node:timers/promises';
import { LizzyClient } from '#client';
import { type SuiteEnvironment } from './suite-environment.js';

const PATIENCE_MS = 300_000;
const PAUSE_MS = 250;
const CALL_TIMEOUT_MS = 10_000;
/** Within the timeout of a call. */
const LONG_POLL_SECONDS = 5;
const TRY_AGAIN: readonly number[] = [409, 429, 500, 502, 503, 504];

/** One change that a pipeline requests. */
export interface Change {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body: unknown;
  readonly key: string;
}

/** The client of a pipeline: uses the APIs in turn, and repeats requests until one of them has answered. */
export function persistentClient(agent: SuiteEnvironment): LizzyClient {
  let turn = 0;
  const once = async (path: string, init: RequestInit): Promise<Response> => {
    turn += 1;
    return await fetch(agent.url(turn) + path, { ...init, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
  };
  const untilAnswered = async (path: string, init: RequestInit): Promise<Response> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await once(path, init).catch((error: unknown) => error);
      if (answer instanceof Response) {
        // A response that names its job was accepted, whatever its result.
        if (!TRY_AGAIN.includes(answer.status) || answer.headers.has('x-lizzy-job-id')) return answer;
        // Not cancelled: the job has finished.
        if (answer.status === 409 && path.endsWith('/cancel')) return answer;
        await answer.body?.cancel();
      }
      if (Date.now() > deadline) throw new Error(`no API has answered ${path}`, { cause: answer });
      await after(PAUSE_MS);
    }
  };
  return new LizzyClient({ url: '', token: agent.token, fetch: untilAnswered, longPollSeconds: LONG_POLL_SECONDS });
}
