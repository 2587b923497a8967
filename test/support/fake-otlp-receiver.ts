import { createServer } from 'node:http';
import { z } from 'zod';

const span = z.object({
  name: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).optional(),
});
const request = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(span) })) })),
});

/** A fake of an OpenTelemetry collector: accepts traces by OTLP over HTTP as JSON, and keeps them. */
export class FakeOtlpReceiver {
  /** The requests as they came. */
  readonly bodies: string[] = [];
  readonly spans: z.output<typeof span>[] = [];
  private readonly server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    incoming.on('end', () => {
      this.bodies.push(body);
      if (incoming.url === '/v1/traces')
        for (const { scopeSpans } of request.parse(JSON.parse(body)).resourceSpans)
          this.spans.push(...scopeSpans.flatMap(({ spans }) => spans));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  /** Listens on a free port; returns its URL. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
