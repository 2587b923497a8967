import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A stream without data for this long is ended, in milliseconds; a response that is no stream is not. */
const IDLE_MS = 300;
const EVENT_STREAM = /\r\ncontent-type: text\/event-stream\r\n/i;
/** The end of a body in chunks (RFC 9112, section 7.1). */
const LAST_CHUNK = '0\r\n\r\n';

/** A proxy that passes on all bytes, and ends event streams, as load balancers do: a client can read them as responses. */
export interface StreamEndingProxy {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts one on a free port. @param target the port of the API */
export async function startStreamEndingProxy(target: number): Promise<StreamEndingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const api = connect(target, '127.0.0.1');
    for (const socket of [client, api]) {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    }
    client.pipe(api);
    let isStream = false;
    api.on('data', (data) => {
      isStream ||= EVENT_STREAM.test(data.toString('latin1'));
      client.write(data);
      if (isStream) api.setTimeout(IDLE_MS);
    });
    api.on('timeout', () => {
      client.end(LAST_CHUNK);
      api.destroy();
    });
    api.once('end', () => client.end());
    client.once('close', () => api.destroy());
    api.once('close', () => client.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = addressOf(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address;
}
