import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a Redis on this machine on which connections break as they do in a network. */
export class FrailWay {
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer({ noDelay: true }, (client) => {
    this.join(client);
  });
  private age = 0;
  private lastWords: string | null = null;

  private constructor(private readonly to: number) {}

  /** Opens a way to a port. */
  static async open(to: number): Promise<FrailWay> {
    const way = new FrailWay(to);
    way.server.listen(0, '127.0.0.1');
    await once(way.server, 'listening');
    return way;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the way has no port');
    return `redis://127.0.0.1:${address.port}`;
  }

  /** Existing connections silently drop all data from now on; new ones reach Redis. */
  loseConnections(): void {
    this.age += 1;
  }

  /** Lets Redis have the next request with these words, and ends its connection before the answer. */
  cutAnswerTo(words: string): void {
    this.lastWords = words;
  }

  /** Whether such a request has come. */
  get hasCut(): boolean {
    return this.lastWords === null;
  }

  /** Ends all connections. */
  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(client: Socket): void {
    const { age } = this;
    const redis = connect({ port: this.to, host: '127.0.0.1', noDelay: true });
    let isCut = false;
    client.on('data', (request) => {
      if (age !== this.age) return;
      if (this.lastWords !== null && request.includes(this.lastWords)) {
        this.lastWords = null;
        isCut = true;
      }
      redis.write(request);
    });
    redis.on('data', (answer) => {
      if (isCut) client.destroy();
      else if (age === this.age) client.write(answer);
    });
    for (const [one, other] of [
      [client, redis],
      [redis, client],
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
