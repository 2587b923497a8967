import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LizzyClient } from '#client';

/** What an attacker can reach. */
export interface Target {
  readonly url: string;
  readonly port: number;
  /** The token of a user that may deploy, but is not the user whose requests are measured. */
  readonly token: string;
}

/** One attack. It runs in a thread of its own until the signal aborts. */
export interface Attack {
  readonly name: string;
  run(target: Target, signal: AbortSignal): Promise<void>;
}

/** Opens connections that send bytes and never read; a closed one is opened again. */
export async function unread(
  { port }: Target,
  { connections, bytes }: { connections: number; bytes: string },
  signal: AbortSignal,
): Promise<void> {
  const sockets = new Set<Socket>();
  const open = (): void => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.add(socket.pause());
    socket.write(bytes);
    socket.once('close', () => {
      sockets.delete(socket);
      if (!signal.aborted) setTimeout(open, 1000);
    });
  };
  for (let count = 0; count < connections; count += 1) open();
  await aborted(signal);
  for (const socket of sockets) socket.destroy();
}

/** Sends requests, so many at a time, until the signal aborts. @param send gets the number of the request */
export async function repeat(
  parallel: number,
  send: (number: number) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  let number = 0;
  const sender = async (): Promise<void> => {
    while (!signal.aborted) {
      number += 1;
      await send(number).catch(() => sleep(100));
    }
  };
  await Promise.all(Array.from({ length: parallel }, sender));
}

/** Submits definitions, so many at a time. */
export async function submit(
  { url, token }: Target,
  { parallel, body }: { parallel: number; body: (number: number) => Readonly<Record<string, unknown>> },
  signal: AbortSignal,
): Promise<void> {
  const client = new LizzyClient({ url, token });
  await repeat(
    parallel,
    (number) =>
      client.call('POST', '/api/deployments', { body: { stack_version: String(number), ...body(number) }, signal }),
    signal,
  );
}

/** Resolves when the signal aborts. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
