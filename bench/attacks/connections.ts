import { connect, type Socket } from 'node:net';
import { type Attack, type Target } from './attack.js';

/** Between a connection that was closed and the next one, in milliseconds. */
const REOPEN_MS = 1_000;
/** Between two requests of connections that all send at the same time, in milliseconds. */
const BURST_MS = 2_000;
/** Between two bytes of a request that is sent slowly, in milliseconds. */
const TRICKLE_MS = 200;

/** A request as it is sent. @param fields further header fields, with the ends of their lines */
export function get(path: string, fields = ''): string {
  return `GET ${path} HTTP/1.1\r\nhost: x\r\n${fields}\r\n`;
}

/** The header field of a token. */
export function bearer(token: string): string {
  return `authorization: Bearer ${token}\r\n`;
}

/** An attack with connections that send bytes and never read; a closed one is opened again. */
export function unread(name: string, connections: number, bytes: (target: Target) => string): Attack {
  return {
    name,
    run: async (target, signal) => {
      await keepOpen(target, connections, signal, (socket) => socket.pause().write(bytes(target)));
    },
  };
}

/** What is sent byte by byte, each in a packet of its own. */
export interface SlowBytes {
  readonly bytes: string;
  /** What is sent at once before. */
  readonly head?: string;
  /** Between two bytes, in milliseconds. */
  readonly intervalMs?: number;
}

/** An attack with connections that send one byte after the other, each a fifth of a second after the one before unless told otherwise. */
export function trickled(name: string, connections: number, slow: (target: Target) => SlowBytes): Attack {
  return {
    name,
    run: async (target, signal) => {
      const { bytes, head = '', intervalMs = TRICKLE_MS } = slow(target);
      await keepOpen(target, connections, signal, (socket) => {
        let sent = 0;
        if (head !== '') socket.write(head);
        const timer = setInterval(() => {
          socket.write(bytes.slice(sent, sent + 1));
          sent += 1;
        }, intervalMs);
        socket
          .setNoDelay()
          .resume()
          .once('close', () => {
            clearInterval(timer);
          });
      });
    },
  };
}

/** An attack with connections that each send one request after the other. @param request gets its number */
export function flood(name: string, connections: number, request: (target: Target, number: number) => string): Attack {
  return {
    name,
    run: async (target, signal, onStatus) => {
      let number = 0;
      await keepOpen(target, connections, signal, (socket) => {
        const send = (): void => {
          number += 1;
          socket.write(request(target, number));
        };
        socket.on('data', (data: Buffer) => {
          for (const status of statusesOf(data)) {
            onStatus(status);
            send();
          }
        });
        send();
      });
    },
  };
}

/** An attack with connections that stay open, and all send a request at the same time, every two seconds. */
export function bursts(name: string, connections: number, request: (target: Target) => string): Attack {
  return {
    name,
    run: async (target, signal, onStatus) => {
      const sockets = new Set<Socket>();
      const timer = setInterval(() => {
        for (const socket of sockets) socket.write(request(target));
      }, BURST_MS);
      await keepOpen(target, connections, signal, (socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        socket.on('data', (data: Buffer) => {
          for (const status of statusesOf(data)) onStatus(status);
        });
      });
      clearInterval(timer);
    },
  };
}

/** The statuses of the responses that begin in a piece of data. */
function statusesOf(data: Buffer): number[] {
  return [...data.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

async function keepOpen(
  { port }: Target,
  connections: number,
  signal: AbortSignal,
  use: (socket: Socket) => void,
): Promise<void> {
  const sockets = new Set<Socket>();
  const open = (): void => {
    if (signal.aborted) return;
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.add(socket);
    use(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      setTimeout(open, REOPEN_MS);
    });
  };
  for (let count = 0; count < connections; count += 1) open();
  await aborted(signal);
  for (const socket of sockets) socket.destroy();
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
