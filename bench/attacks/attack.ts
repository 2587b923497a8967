import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault } from '../../local/token-server/faults.js';
import { LizzyClient } from '#client';

/** What an attacker can reach. */
export interface Target {
  readonly url: string;
  readonly port: number;
  /** The token of a user that may deploy, but is not the user whose requests are measured. */
  readonly token: string;
}

/** Called with the status of each response that an attacker gets. */
export type OnStatus = (status: number) => void;

/** One attack. It runs in a thread of its own until the signal aborts. */
export interface Attack {
  readonly name: string;
  /** How the token service responds to a request for one of {@link BROKEN_TOKENS}. */
  readonly tokenService?: Fault;
  run(target: Target, signal: AbortSignal, onStatus: OnStatus): Promise<void>;
}

/** The tokens for which the token service fails during some attacks. */
export const BROKEN_TOKENS: readonly string[] = Array.from({ length: 64 }, (_, index) => `broken-${index}`);

/** Sends requests, a fixed number at a time, until the signal aborts. @param send gets the number of the request */
export async function repeat(
  parallel: number,
  send: (number: number) => Promise<number>,
  signal: AbortSignal,
  onStatus: OnStatus,
): Promise<void> {
  let number = 0;
  const sender = async (): Promise<void> => {
    while (!signal.aborted) {
      number += 1;
      await send(number).then(onStatus, () => sleep(100));
    }
  };
  await Promise.all(Array.from({ length: parallel }, sender));
}

/** An attack that submits definitions, a fixed number at a time. */
export function submitted(
  name: string,
  parallel: number,
  body: (number: number) => Readonly<Record<string, unknown>>,
): Attack {
  return {
    name,
    run: async ({ url, token }, signal, onStatus) => {
      const client = new LizzyClient({ url, token });
      const submit = async (number: number): Promise<number> => {
        const version = { stack_version: String(number) };
        const answer = await client.call('POST', '/api/deployments', { body: { ...version, ...body(number) }, signal });
        return answer.status;
      };
      await repeat(parallel, submit, signal, onStatus);
    },
  };
}
