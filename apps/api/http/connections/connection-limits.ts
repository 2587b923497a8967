import { type ApiConfig } from '#config';
import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { BodyPieces } from './body-pieces.js';
import { FairLimiter } from '../turns/fair-limiter.js';
import { parserOf } from './http-parser.js';

/** How many requests of one connection can be unanswered (HTTP pipelining). No known client sends more than one. */
const PIPELINE_LIMIT = 16;
/**
 * How many requests can wait behind others of their connections, in all. Each takes 100 µs when its client goes, and thousands of clients
 * go at once.
 */
const PIPELINED_LIMIT = 256;
/** How many requests are handled until other events of the process are: each takes a tenth of a millisecond before it waits for its turn. */
const HANDLED_AT_ONCE = 16;
/** How often the connections are checked for unread responses, in milliseconds. */
const CHECK_INTERVAL_MS = 2_000;

/** How far the client has read on a connection. */
interface Connection {
  /** Its unanswered requests, the one that is being handled first. Each value starts the handling of a request. */
  readonly unanswered: (() => void)[];
  bytesTaken: number;
  /** When `bytesTaken` last grew, or nothing was left to take; of the process's monotonic clock. */
  takenAt: number;
}

/** Which limit made the process close a connection. */
export type ConnectionLimit = 'connections' | 'pipelining' | 'small_chunks' | 'unread_response';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Bounds what clients can make the process hold: connections, pipelined requests, and responses that are not read. Clients
 * that exceed these limits do not behave like HTTP clients, so they get no response: the connection is closed.
 */
export class ConnectionLimits {
  private readonly open = new Map<Socket, Connection>();
  /** Connections that have not sent a valid token, the oldest first. */
  private readonly unverified = new Set<Socket>();
  /** How many requests wait behind others of their connections. */
  private pipelined = 0;
  private readonly pieces = new BodyPieces();
  /** Idle connections send at the same time what they like: their requests are handled some at a time, credentials by credentials. */
  private readonly arrivals = new FairLimiter({ total: HANDLED_AT_ONCE });

  /**
   * @param limits `connections`: a further one takes the place of another. `sendSeconds`: how long a response can be unread.
   * @param onClosed is called for each connection that is closed because of a limit
   */
  constructor(
    private readonly limits: Pick<ApiConfig['limits'], 'connections' | 'sendSeconds'>,
    private readonly onClosed: (limit: ConnectionLimit) => void,
  ) {}

  /**
   * Wraps the handler of a server. The requests of one connection are handled one after the other, so that a client that
   * pipelines requests gets no larger share of the process than others; with too many, its connection is closed.
   */
  limit(handler: Handler): Handler {
    return (request, response) => {
      const { socket } = request;
      const { unanswered } = this.open.get(socket) ?? {};
      const isPipelined = unanswered !== undefined && unanswered.length > 0;
      const isTooMany = isPipelined && this.pipelined >= PIPELINED_LIMIT;
      if (unanswered === undefined || unanswered.length >= PIPELINE_LIMIT || isTooMany) {
        if (unanswered !== undefined) this.close(socket, 'pipelining');
        stopParsing(socket);
        return;
      }
      this.pieces.limit(request, () => {
        this.close(socket, 'small_chunks');
      });
      const handle = (): void => {
        const end = this.arrivals.request(request.headers.authorization ?? '', () => {
          if (!socket.destroyed) handler(request, response);
          queueMicrotask(() => {
            end();
          });
        });
      };
      response.once('close', () => {
        unanswered.shift();
        if (unanswered.length > 0) this.pipelined -= 1;
        if (socket.destroyed) this.drop(unanswered);
        unanswered[0]?.();
      });
      unanswered.push(handle);
      if (isPipelined) this.pipelined += 1;
      else handle();
    };
  }

  /** Watches the connections of a server until it is closed. */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      if (this.open.size >= this.limits.connections) this.close(this.dispensable() ?? socket, 'connections');
      if (socket.destroyed) return;
      this.open.set(socket, { unanswered: [], bytesTaken: 0, takenAt: performance.now() });
      this.unverified.add(socket);
      socket.once('close', () => {
        this.forget(socket);
      });
    });
    const timer = setInterval(() => {
      this.closeUnread(performance.now());
    }, CHECK_INTERVAL_MS).unref();
    server.once('close', () => {
      clearInterval(timer);
    });
  }

  /** A request with a valid token has arrived on this connection. */
  verified(socket: Socket): void {
    this.unverified.delete(socket);
  }

  /**
   * On shutdown, closes sockets that never sent a byte. Load balancers open these in advance; Node does not count them as
   * idle (`closeIdleConnections`) and would wait for a minute.
   */
  closeUnused(): void {
    for (const socket of this.open.keys()) if (socket.bytesRead === 0) socket.destroy();
  }

  /**
   * The connection to close for a new one: the oldest that has not sent a valid token, so that clients without a token cannot lock out
   * others, or else the oldest without a request; undefined when there is neither.
   */
  private dispensable(): Socket | undefined {
    const [oldest] = this.unverified;
    if (oldest !== undefined) return oldest;
    for (const [socket, { unanswered }] of this.open) if (unanswered.length === 0) return socket;
    return undefined;
  }

  private close(socket: Socket, limit: ConnectionLimit): void {
    this.onClosed(limit);
    this.forget(socket);
    socket.destroy();
  }

  private forget(socket: Socket): void {
    this.drop(this.open.get(socket)?.unanswered ?? []);
    this.open.delete(socket);
    this.unverified.delete(socket);
  }

  private drop(unanswered: (() => void)[]): void {
    this.pipelined -= Math.max(0, unanswered.length - 1);
    unanswered.length = 0;
  }

  private closeUnread(now: number): void {
    for (const [socket, connection] of this.open) {
      const taken = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || taken > connection.bytesTaken) {
        connection.bytesTaken = taken;
        connection.takenAt = now;
      } else if (now - connection.takenAt > this.limits.sendSeconds * 1000) {
        this.close(socket, 'unread_response');
      }
    }
  }
}

/**
 * Keeps Node from parsing the other requests that it has received together with the current one: up to 64 KiB, which takes
 * longer than to handle the accepted ones. Node has no public way: pausing or destroying the socket does not end the parsing of
 * what was read, and `maxRequestsPerSocket` counts answered requests, too. Its parser stops at a request whose `onIncoming`
 * returns 2, as it does for an upgrade (`parserOnIncoming` of lib/_http_server.js). If that changes, the spec of this file fails;
 * the limit still holds then, only slower.
 */
function stopParsing(socket: Socket): void {
  const parser = parserOf(socket);
  if (parser !== null) Reflect.set(parser, 'onIncoming', () => 2);
}
