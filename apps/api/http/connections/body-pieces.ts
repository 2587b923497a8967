import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';
import { parserOf } from './http-parser.js';

/** How many pieces the body of a request can have, in addition to one for each {@link PIECE_BYTES}. */
const PIECES_LIMIT = 256;
/** How long the pieces of a long body are at least on average, in bytes. Clients send chunks of some kilobytes. */
const PIECE_BYTES = 64;
/** So many pieces are read at once, however small they are. */
const FIRST_PIECES = 16;
/** How many pieces of bodies with small ones are read in a second, in all, and at most of one body. */
const SMALL_PIECES_PER_SECOND = 2_000;
const SMALL_PIECES_OF_BODY_PER_SECOND = 50;

/**
 * Bounds the cost of bodies that arrive in pieces of a few bytes: each piece takes microseconds and a hundred bytes of memory. One packet can
 * contain thousands of chunks, so too many chunks close the connection. Small packets are read at intervals, several at a time.
 */
export class BodyPieces {
  /** How many bodies have small pieces now. */
  private slow = 0;

  /** Limits the body of a request. Node calls `push` for each piece of it, and `_read` when it wants another one. */
  limit(request: IncomingMessage, onExceeded: () => void): void {
    const push = request.push.bind(request);
    const read = request._read.bind(request);
    const { socket } = request;
    let pieces = 0;
    let bytes = 0;
    let timer: NodeJS.Timeout | undefined;
    let isSlow = false;
    const setSlow = (): void => {
      if (isSlow) return;
      isSlow = true;
      this.slow += 1;
      request.once('close', () => {
        clearTimeout(timer);
        this.slow -= 1;
      });
    };
    request.push = (piece: unknown, encoding) => {
      if (!Buffer.isBuffer(piece)) return push(piece, encoding);
      pieces += 1;
      bytes += piece.length;
      if (pieces > PIECES_LIMIT + bytes / PIECE_BYTES) {
        if (!socket.destroyed) {
          onExceeded();
          stopParsingBody(socket);
        }
        return false;
      }
      if (pieces > FIRST_PIECES && pieces > bytes / PIECE_BYTES) setSlow();
      const wantsMore = push(piece, encoding);
      // On `false`, Node stops reading the connection until `_read` is called.
      return wantsMore && !isSlow;
    };
    request._read = (size) => {
      if (!isSlow) read(size);
      else
        timer ??= setTimeout(() => {
          timer = undefined;
          read(size);
        }, this.delayMs);
    };
  }

  /** Between two pieces of a body with small ones, in milliseconds. */
  private get delayMs(): number {
    return 1000 * Math.max(1 / SMALL_PIECES_OF_BODY_PER_SECOND, this.slow / SMALL_PIECES_PER_SECOND);
  }
}

/** `HTTPParser.kOnBody` of Node, which is not public: where a parser has what it calls for each piece of a body. */
const ON_BODY = 3;

/**
 * Stops Node from delivering the rest of a packet after the current piece: up to ten thousand pieces, which would take twenty milliseconds.
 * Node has no public API for this; the spec of `ConnectionLimits` fails when the private one changes.
 */
function stopParsingBody(socket: Socket): void {
  const parser = parserOf(socket);
  if (parser === null) return;
  const onBody: unknown = Reflect.get(parser, ON_BODY);
  Reflect.set(parser, ON_BODY, null);
  // Node uses its parsers again, for other connections.
  socket.once('close', () => Reflect.set(parser, ON_BODY, onBody));
}
