import { z } from 'zod';

const data = z.record(z.string(), z.unknown());

/** An event of a stream (HTML Living Standard, "Server-sent events"). */
export interface ServerSentEvent {
  /** Where a client resumes, as `Last-Event-ID`; undefined for snapshots and errors. */
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Yields the events of a response as they arrive, until it ends. @throws when the connection breaks */
export async function* serverSentEvents(response: Response): AsyncGenerator<ServerSentEvent, undefined> {
  const decoder = new TextDecoder();
  let buffered = '';
  for await (const chunk of response.body ?? []) {
    buffered += decoder.decode(Buffer.from(chunk), { stream: true });
    const blocks = buffered.split('\n\n');
    buffered = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = readEvent(block);
      if (event !== null) yield event;
    }
  }
  return undefined;
}

/** Null for a block without data: a comment, or the time until a reconnection. */
function readEvent(block: string): ServerSentEvent | null {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    }),
  );
  const text = fields.get('data');
  if (text === undefined) return null;
  return { id: fields.get('id'), event: fields.get('event'), data: data.parse(JSON.parse(text)) };
}
