import { once } from 'node:events';
import { createServer } from 'node:net';

/** Whether this port can be listened on now. */
export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** A free port. Another process may take it before it is used: see `onFreePort`. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

const ATTEMPTS = 5;

/** Whether a program did not start because another process has its port: the error has its output. */
export function isPortTaken(error: unknown): boolean {
  return error instanceof Error && /EADDRINUSE|already in use/i.test(error.message);
}

/** For programs that cannot choose a port themselves: starts one on a free port, and on another when that was taken. */
export async function onFreePort<T>(start: (port: number) => Promise<T>, attempt = 1): Promise<T> {
  try {
    return await start(await freePort());
  } catch (error) {
    if (!isPortTaken(error) || attempt === ATTEMPTS) throw error;
    return await onFreePort(start, attempt + 1);
  }
}
