import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What can be wrong with a token service: late, an answer of its own (any status and body), one without an end, none at all. */
export type Trouble =
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

/** Makes trouble; true when the request is done with. */
export async function makeTrouble(trouble: Trouble, response: ServerResponse): Promise<boolean> {
  switch (trouble.kind) {
    case 'slow':
      await sleep(trouble.milliseconds, undefined, { ref: false });
      return false;
    case 'answer':
      response.writeHead(trouble.status, { 'content-type': 'application/json', ...trouble.headers }).end(trouble.body);
      return true;
    case 'endless':
      response.writeHead(200, { 'content-type': 'application/json', ...trouble.headers });
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
