import { AccessDeniedError, authenticateBearer, TokenServiceUnavailableError } from '#auth';
import { Logger } from '#telemetry';
import { Injectable } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { RequestFailures } from '../../http/request-failures.js';
import { toProblem } from '../../problems/to-problem.js';
import { END_REASONS, type EndReason, StreamEndedError } from '../stream-ended.error.js';

/** How often it is checked that the token of a stream is still valid, in milliseconds. */
const TOKEN_CHECK_MS = 15_000;
/** A client that reads no data for this long gets the reason and is disconnected, in milliseconds. */
const SLOW_READER_MS = 10_000;
/** A client that does not even read the reason is disconnected without it, in milliseconds. */
const STALLED_READER_MS = 30_000;

/** How much is made ahead of the client, in bytes: at most one chunk more than this. */
const BUFFER_BYTES = 1024;

/** The client of a stream. */
export interface StreamClient {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The chunks of a stream; an empty one only makes the stream check its client. */
export type Chunks = AsyncIterable<string>;

/** Reads the first chunk of a download before its response begins: an error that occurs until then is responded with. */
export async function withFirstChunk(chunks: AsyncGenerator<string>): Promise<Chunks> {
  const first = await chunks.next();
  return (async function* () {
    if (first.done !== true) yield first.value;
    yield* chunks;
  })();
}

/** Makes the last chunk of a stream that ends early. */
type Explain = (reason: EndReason, detail: string) => string;

/** Streams of events and log lines to clients: a slow reader, or one whose token has expired, is disconnected. */
@Injectable()
export class EventStreams {
  private readonly open = new Set<Readable>();

  constructor(
    private readonly logger: Logger,
    private readonly failures: RequestFailures,
  ) {}

  /** How many streams are open. */
  get size(): number {
    return this.open.size;
  }

  /**
   * Makes a stream for one request. Nothing is buffered beyond what the socket accepts: chunks are made when they are read.
   * @param explain makes the last chunk of a stream that ends early; null when the format has none
   * @param head is sent before the first chunk
   */
  start(client: StreamClient, chunks: Chunks, explain: Explain | null, head = ''): Readable {
    const { request } = client;
    const onEnd = (reason: EndReason): void => {
      this.logger.info('Stream ended early', { reason, request_id: request.id, user: request.caller?.uid });
    };
    const stream = new ClientStream(client, chunks[Symbol.asyncIterator](), explain, onEnd);
    if (head !== '') stream.handOut(head);
    // A stream that ends early without a chunk is no failed request. Besides, Node keeps the header of an open response as a tree of its pieces,
    // 3 KB each, unless it is sent on its own.
    const { raw } = client.reply;
    raw.once('pipe', () => {
      raw.flushHeaders();
    });
    this.open.add(stream);
    stream.once('close', () => this.open.delete(stream));
    stream.once('error', (error) => {
      if (error instanceof StreamEndedError) onEnd(error.reason);
      else this.failures.log(error, toProblem(error).code, request);
      // A response that cannot be completed must not end as if it were. Reset, since in HTTP/1.0, which some proxies use, the end of
      // the connection is the end of the response.
      request.raw.socket.resetAndDestroy();
    });
    return stream;
  }
}

/** The stream of one request. While it waits it holds no chunk: thousands of streams wait at the same time. */
class ClientStream extends Readable {
  private handedOutAt = performance.now();
  private checkedAt = this.handedOutAt;
  private stalled: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: StreamClient,
    private readonly chunks: AsyncIterator<string>,
    private readonly explain: Explain | null,
    private readonly onEnd: (reason: EndReason) => void,
  ) {
    super({ highWaterMark: BUFFER_BYTES });
  }

  /** Writes a chunk to the client, which has to read it in time. */
  handOut(chunk: string): void {
    this.stalled = setTimeout(() => {
      this.destroy(new StreamEndedError('slow_reader'));
    }, STALLED_READER_MS);
    this.push(chunk);
  }

  /** The client has taken what it was given before. */
  override _read(): void {
    clearTimeout(this.stalled);
    this.advance().catch((error: unknown) => {
      this.destroy(error instanceof Error ? error : new Error('an event stream has failed', { cause: error }));
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.stalled);
    void this.chunks.return?.().catch(() => undefined);
    callback(error);
  }

  private async advance(): Promise<void> {
    let reason = await this.reasonToEnd();
    while (reason === null) {
      const result = await this.chunks.next();
      this.handedOutAt = performance.now();
      if (this.destroyed) return;
      if (result.done === true) {
        this.push(null);
        return;
      }
      if (result.value !== '') {
        this.handOut(result.value);
        return;
      }
      reason = await this.reasonToEnd();
    }
    // A format without a place for the reason: the response is aborted, so that it does not appear complete.
    if (this.explain === null) throw new StreamEndedError(reason);
    this.onEnd(reason);
    this.push(this.explain(reason, END_REASONS[reason]));
    this.push(null);
  }

  private async reasonToEnd(): Promise<EndReason | null> {
    const now = performance.now();
    if (now - this.handedOutAt > SLOW_READER_MS) return 'slow_reader';
    if (now - this.checkedAt <= TOKEN_CHECK_MS) return null;
    this.checkedAt = now;
    return await tokenProblem(this.client);
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
