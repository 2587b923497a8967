import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What happens to a request: it is passed on, or one of both dies before Redis gets it, or before Redis's answer comes. */
export type Fate = 'pass' | 'die before' | 'die after';

/** A way to Redis on which its user, or Redis, can die at a chosen request. */
export interface DoomedConnection {
  readonly url: string;
  stop(): void;
}

/**
 * Starts one in front of a Redis on this machine.
 * @param fateOf is asked at each request, as it is sent
 * @param kill kills the process that is to crash
 */
export async function startDoomedConnection(
  port: number,
  fateOf: (request: string) => Fate,
  kill: () => void,
): Promise<DoomedConnection> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (user) => {
    const redis = connect({ port, host: '127.0.0.1', noDelay: true });
    let answersPass = true;
    for (const [one, other] of [
      [user, redis],
      [redis, user],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    user.on('data', (request) => {
      const fate = fateOf(request.toString());
      if (fate === 'die before') {
        kill();
        return;
      }
      if (fate === 'die after') answersPass = false;
      redis.write(request);
    });
    redis.on('data', (answer) => {
      if (answersPass) user.write(answer);
      else kill();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the connection has no port');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
