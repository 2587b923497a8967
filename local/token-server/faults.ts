import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Faults of a token service: a late response, any status and body, a response without an end, a closed connection, no response. */
export type Fault =
  | { readonly kind: 'slow'; readonly milliseconds: number }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    }
  | { readonly kind: 'endless'; readonly headers?: Record<string, string> }
  | { readonly kind: 'cut' }
  | { readonly kind: 'hang' };

/** Responds with the fault; returns true when the request needs no other response. */
export async function causeFault(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'slow':
      await sleep(fault.milliseconds, undefined, { ref: false });
      return false;
    case 'answer':
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(fault.body);
      return true;
    case 'endless':
      response.writeHead(200, { 'content-type': 'application/json', ...fault.headers });
      await pipeline(Readable.from(spaces()), response).catch(() => undefined);
      return true;
    case 'cut':
      response.socket?.destroy();
      return true;
    case 'hang':
      return true;
  }
}

function* spaces(): Generator<Buffer> {
  const piece = Buffer.alloc(64 * 1024, ' ');
  for (;;) yield piece;
}
