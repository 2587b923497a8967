import { type Server } from 'node:http';
import { type Socket } from 'node:net';

/**
 * Closes connections on which nothing has ever been sent when the server closes, as clients and load balancers keep them
 * in store. To Node they are not idle (`closeIdleConnections`): it would wait for a request on them, for a minute.
 * @returns what closes them
 */
export function watchSilentConnections(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}
