import { Agent, get } from 'node:http';

/** A page as it was received. */
export interface ReceivedPage {
  readonly milliseconds: number;
  /** The path of the next page, from the header `Link`. */
  readonly next: string | null;
  readonly body: string;
}

/**
 * Reads pages over one connection. It parses no bodies, so that it needs little of the processor time that it shares with
 * what is measured.
 */
export class PageReader {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** @throws Error unless the status is 200 */
  async read(path: string): Promise<ReceivedPage> {
    const start = performance.now();
    const headers = { authorization: `Bearer ${this.token}` };
    return await new Promise((resolve, reject) => {
      get(`${this.url}${path}`, { agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => {
          const milliseconds = performance.now() - start;
          const body = Buffer.concat(chunks).toString('latin1');
          if (response.statusCode !== 200) reject(new Error(`${path}: ${response.statusCode ?? ''} ${body}`));
          const [, next = null] = /^<(.*)>; rel="next"$/.exec(String(response.headers['link'] ?? '')) ?? [];
          resolve({ milliseconds, next, body });
        });
      }).once('error', reject);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
