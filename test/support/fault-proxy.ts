import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/**
 * What happens to a request: it is passed to the server, it is lost, or it is passed and its response is lost. A connection
 * is cut off when it has lost something.
 */
export type Fault = 'none' | 'lose request' | 'lose response';

/** How a {@link FaultProxy} behaves. */
export interface FaultProxyOptions {
  /** Decides about each chunk that a client sends, which is one request or more; `none` by default. */
  readonly faultOf?: (request: string) => Fault;
  /** Replaces the cutting of a connection, for instance by killing a process. May be called more than once. */
  readonly onFault?: () => void;
  /** PEM texts: clients speak TLS, and the server does not. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A TCP proxy in front of a server on this machine, with the faults of a network, and TLS if requested. */
export class FaultProxy {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  /** Connections of an earlier generation are dead. */
  private generation = 0;

  private constructor(
    private readonly target: number,
    private readonly options: FaultProxyOptions,
  ) {
    const accept = (client: Socket): void => {
      this.join(client);
    };
    const { tls } = options;
    this.server = tls === undefined ? createServer({ noDelay: true }, accept) : createTlsServer(tls, accept);
    this.server.on('tlsClientError', () => undefined);
  }

  /** Starts one on a free port; call `stop` at the end. @param target the port of the server */
  static async start(target: number, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, options);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    return address.port;
  }

  /** Its address as that of a Redis. */
  get redisUrl(): string {
    return `redis${this.options.tls === undefined ? '' : 's'}://127.0.0.1:${this.port}`;
  }

  /** Existing connections stay open and silently drop all data from now on; new ones reach the server. */
  dropConnections(): void {
    this.generation += 1;
  }

  /** Ends all connections and accepts no more. */
  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(client: Socket): void {
    const { generation } = this;
    const { faultOf = (): Fault => 'none', onFault = (): unknown => client.destroy() } = this.options;
    const server = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    let losesResponses = false;
    let losesRequests = false;
    client.on('data', (request) => {
      // What is sent after a lost request is lost, too, as on a connection that is cut off.
      if (losesRequests || generation !== this.generation) return;
      const fault = faultOf(request.toString());
      if (fault === 'lose request') {
        losesRequests = true;
        onFault();
        return;
      }
      if (fault === 'lose response') losesResponses = true;
      server.write(request);
    });
    server.on('data', (response) => {
      if (losesResponses) onFault();
      else if (generation === this.generation) client.write(response);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}
