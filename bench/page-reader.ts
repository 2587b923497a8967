import { connect, type Socket } from 'node:net';

/** A page as it was received. */
export interface ReceivedPage {
  readonly milliseconds: number;
  /** The path of the next page, from the header `Link`. */
  readonly next: string | null;
  /** The length of the body in bytes. */
  readonly bytes: number;
  /** The body as text. */
  body(): string;
}

interface PendingPage {
  readonly path: string;
  readonly startedAt: number;
  readonly resolve: (page: ReceivedPage) => void;
  readonly reject: (error: Error) => void;
}

const END_OF_HEADER = '\r\n\r\n';

/**
 * Reads pages over one connection. It parses only the status, the length and the header `Link`, because its processor time is missing for
 * the measured process.
 */
export class PageReader {
  private socket: Socket;
  private chunks: Buffer[] = [];
  private received = 0;
  /** How many bytes the response has; null until its header is complete. */
  private expected: { readonly header: string; readonly start: number; readonly end: number } | null = null;
  private pending: PendingPage | null = null;

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {
    this.socket = this.open();
  }

  private open(): Socket {
    const { hostname, port } = new URL(this.url);
    return connect({ host: hostname, port: Number(port), noDelay: true })
      .on('data', (chunk) => {
        this.receive(chunk);
      })
      .on('error', (error) => {
        this.fail(error);
      })
      .on('close', () => {
        this.fail(new Error('the connection was closed'));
      });
  }

  /** @throws Error unless the status is 200 */
  async read(path: string): Promise<ReceivedPage> {
    // The API closes connections that are idle for 75 seconds.
    if (this.socket.destroyed) this.socket = this.open();
    return await new Promise((resolve, reject) => {
      this.pending = { path, startedAt: performance.now(), resolve, reject };
      this.socket.write(
        `GET ${path} HTTP/1.1\r\nhost: ${new URL(this.url).host}\r\nauthorization: Bearer ${this.token}${END_OF_HEADER}`,
      );
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private fail(error: Error): void {
    this.pending?.reject(error);
    this.pending = null;
  }

  private receive(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.received += chunk.length;
    this.expected ??= this.readHeader();
    if (this.expected === null || this.received < this.expected.end) return;
    const { header, start } = this.expected;
    const { pending, chunks, received } = this;
    this.chunks = [];
    this.received = 0;
    this.expected = null;
    this.pending = null;
    if (pending === null) return;
    const body = (): string => Buffer.concat(chunks).toString('utf8', start);
    if (!header.startsWith('HTTP/1.1 200 ')) {
      pending.reject(new Error(`${pending.path}: ${header} ${body()}`));
      return;
    }
    const [, next = null] = /\r\nlink: <(.*)>; rel="next"/i.exec(header) ?? [];
    const milliseconds = performance.now() - pending.startedAt;
    pending.resolve({ milliseconds, next, bytes: received - start, body });
  }

  private readHeader(): { header: string; start: number; end: number } | null {
    const received = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    const length = received?.indexOf(END_OF_HEADER) ?? -1;
    if (received === undefined || length === -1) return null;
    const header = received.toString('latin1', 0, length);
    const [, bytes] = /\r\ncontent-length: (\d+)/i.exec(header) ?? [];
    if (bytes === undefined) throw new Error(`a response without a length: ${header}`);
    const start = length + END_OF_HEADER.length;
    return { header, start, end: start + Number(bytes) };
  }
}
