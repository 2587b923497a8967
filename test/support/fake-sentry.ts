import { createServer } from 'node:http';

/** A fake of Sentry's ingest endpoint: accepts envelopes over HTTP and keeps them, and the payloads of their events. */
export class FakeSentry {
  /** The requests as they came. */
  readonly envelopes: string[] = [];
  readonly events: unknown[] = [];
  private readonly server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      this.envelopes.push(body);
      // An envelope is lines of JSON: its header, then a header and a payload for each item.
      this.events.push(JSON.parse(body.split('\n')[2] ?? 'null'));
      response.end('{}');
    });
  });

  /** Listens on a free port; returns the DSN of its project. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://key@127.0.0.1:${address.port}/1`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
