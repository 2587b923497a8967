import { AccessDeniedError, authenticateBearer, TokenServiceUnavailableError } from '#auth';
import { Logger } from '#telemetry';
import { Injectable } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';

/** How often it is checked that the token of a stream is still valid, in milliseconds. */
const TOKEN_CHECK_MS = 15_000;
/** A client that reads no data for this long gets the reason and is disconnected, in milliseconds. */
const SLOW_READER_MS = 10_000;
/** A client that does not even read the reason is disconnected without it, in milliseconds. */
const STALLED_READER_MS = 30_000;

/** Why a stream ends before its last event. */
const REASONS = {
  slow_reader: 'The client did not read for 10 seconds; reconnect with the last event id',
  token_expired: 'The token is no longer valid; reconnect with a new one',
  token_service_unavailable: 'The token service is unavailable',
} as const;
export type EndReason = keyof typeof REASONS;

/** The client of a stream. */
export interface StreamClient {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A chunk of a stream; an empty one only makes the stream check its client. */
export type Chunks = AsyncIterable<string>;

/** Streams of events and log lines to clients: a slow reader, or one whose token has expired, is disconnected. */
@Injectable()
export class EventStreams {
  private readonly open = new Set<Readable>();

  constructor(private readonly logger: Logger) {}

  /** How many streams are open. */
  get size(): number {
    return this.open.size;
  }

  /**
   * Makes a stream for one request. Nothing is buffered beyond what the socket accepts: chunks are made when they are read.
   * @param explain makes the last chunk of a stream that ends early; null when the format has none
   */
  start(
    client: StreamClient,
    chunks: Chunks,
    explain: ((reason: EndReason, detail: string) => string) | null,
  ): Readable {
    const stream = Readable.from(
      this.guarded(client, chunks, explain, () => stream),
      { objectMode: false },
    );
    this.open.add(stream);
    stream.once('close', () => this.open.delete(stream));
    // A response that cannot be completed must not end as if it were.
    stream.once('error', () => client.request.raw.socket.destroy());
    return stream;
  }

  private async *guarded(
    client: StreamClient,
    chunks: Chunks,
    explain: ((reason: EndReason, detail: string) => string) | null,
    stream: () => Readable,
  ): AsyncGenerator<string> {
    let checkedAt = performance.now();
    for await (const chunk of chunks) {
      const handedOutAt = performance.now();
      const stalled = setTimeout(() => {
        this.logDrop(client, 'slow_reader');
        stream().destroy();
      }, STALLED_READER_MS);
      try {
        if (chunk !== '') yield chunk;
      } finally {
        clearTimeout(stalled);
      }
      let reason: EndReason | null = performance.now() - handedOutAt > SLOW_READER_MS ? 'slow_reader' : null;
      if (reason === null && performance.now() - checkedAt > TOKEN_CHECK_MS) {
        checkedAt = performance.now();
        reason = await tokenProblem(client);
      }
      if (reason === null) continue;
      this.logDrop(client, reason);
      // A response in a format without a place for the reason is cut off: it must not appear complete.
      if (explain === null) throw new Error(REASONS[reason]);
      yield explain(reason, REASONS[reason]);
      return;
    }
  }

  private logDrop({ request }: StreamClient, reason: EndReason): void {
    this.logger.info('Event stream closed early', { reason, request_id: request.id, user: request.caller?.uid });
  }
}

/** Why the token of a stream is no longer valid, or null. */
async function tokenProblem({ request, reply }: StreamClient): Promise<EndReason | null> {
  try {
    await authenticateBearer(request, reply);
    return null;
  } catch (error) {
    if (error instanceof AccessDeniedError) return 'token_expired';
    if (error instanceof TokenServiceUnavailableError) return 'token_service_unavailable';
    throw error;
  }
}
