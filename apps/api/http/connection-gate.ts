import { type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { type AcceptBacklog } from './accept-backlog.js';

/** So many new connections are read at once, whatever they send. */
const FEW = 16;
/** How many connections are looked at, and how many are read, until other events are handled. */
const LOOKS_PER_TURN = 64;
const READS_PER_TURN = 8;
/** How many requests wait for their turn at most when a further connection is read: of unknown senders, and after a denial. */
const WAITING_LIMIT = 64;
const WAITING_AFTER_DENIAL_LIMIT = 8;
/** When to try again after such a limit was met, in milliseconds. */
const RETRY_MS = 5;
/** How often connections that were not read in time are closed, in milliseconds. */
const CHECK_INTERVAL_MS = 2_000;
/** The field with the token, in the first bytes of a connection. */
const TOKEN = /\r\nauthorization:[ \t]*bearer +([^\s,]+)\r\n/i;

/** What {@link ConnectionGate} needs to know. */
export interface ConnectionGateOptions {
  /** How long a connection can wait, in seconds. */
  readonly headerSeconds: number;
  readonly backlog: AcceptBacklog;
  /** How many requests wait for their turn: of unknown senders, and on connections whose last token was denied. */
  readonly waiting: () => { readonly unknown: number; readonly afterDenial: number };
  /** Whether a token belonged to a user when it was last looked up. */
  readonly isKnown: (token: string) => boolean;
}

/**
 * Holds new connections until the process has time for them: a request that waits for its turn takes ten times the memory of a
 * connection that was not read, and parsing thousands of them takes seconds. Usually each is read at once. When many arrive, those
 * whose first bytes have a known token come first, then the last arrivals: the first would wait for all of the others. Connections
 * whose last token was denied come last.
 */
export class ConnectionGate {
  /** When each connection that is held was accepted, the oldest first; of the process's monotonic clock. */
  private readonly held = new Map<Socket, number>();
  /** Those that were not looked at. */
  private readonly unread: Socket[] = [];
  /** Those that have sent something else than a known token. */
  private readonly unknown: Socket[] = [];
  /** Those whose last token was denied; the next request is not read yet. */
  private readonly denied: Socket[] = [];
  private isScheduled = false;
  private timer: NodeJS.Timeout | undefined;
  private isOpen = false;
  private read: (socket: Socket) => void = () => undefined;

  constructor(private readonly options: ConnectionGateOptions) {}

  /** Holds the connections of a server. */
  watch(server: Server): void {
    // Node's own, which starts the parser of HTTP.
    const listeners = server.listeners('connection');
    server.removeAllListeners('connection');
    this.read = (socket) => {
      this.held.delete(socket);
      if (socket.destroyed) return;
      for (const listener of listeners) Reflect.apply(listener, server, [socket]);
      socket.resume();
    };
    // `createServer` of node:http has no option for it; those of node:net read it for each connection (`onconnection` of lib/net.js).
    Object.assign(server, { pauseOnConnect: true });
    server.on('connection', (socket) => {
      if (socket.destroyed) return;
      this.held.set(socket, performance.now());
      socket.on('error', () => undefined).once('close', () => this.held.delete(socket));
      this.unread.push(socket);
      this.schedule();
    });
    const timer = setInterval(() => {
      this.closeLate(performance.now());
    }, CHECK_INTERVAL_MS).unref();
    server.once('close', () => {
      clearInterval(timer);
    });
  }

  /** The token of a request was denied: the next one of its connection is read when there is time for it. */
  deny(socket: Socket, response: ServerResponse): void {
    response.once('finish', () => {
      // Node resumes the socket when the response is finished.
      setImmediate(() => {
        if (this.isOpen || socket.destroyed) return;
        socket.pause();
        this.denied.push(socket);
        this.schedule();
      });
    });
  }

  /** On shutdown, reads all connections. */
  open(): void {
    this.isOpen = true;
    for (const socket of this.held.keys()) this.read(socket);
    for (const socket of this.denied.splice(0)) socket.resume();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.options.backlog.whenEmpty(() => {
      this.isScheduled = false;
      this.readSome();
    });
  }

  private scheduleLater(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.schedule();
    }, RETRY_MS);
  }

  private readSome(): void {
    const { unread, unknown, denied } = this;
    const waiting = this.options.waiting();
    const room = Math.min(WAITING_LIMIT - waiting.unknown, READS_PER_TURN);
    if (this.isOpen || (unread.length + unknown.length <= FEW && room > 0)) {
      for (const socket of [...unread.splice(0), ...unknown.splice(0)]) this.read(socket);
    }
    for (const socket of unread.splice(-LOOKS_PER_TURN)) this.look(socket);
    for (const socket of room > 0 ? unknown.splice(-room) : []) this.read(socket);
    const roomAfterDenial = WAITING_AFTER_DENIAL_LIMIT - waiting.afterDenial;
    if (room > 0 && roomAfterDenial > 0) for (const socket of denied.splice(0, roomAfterDenial)) socket.resume();
    if (unread.length > 0 || (unknown.length > 0 && room > 0)) this.schedule();
    else if (unknown.length > 0 || denied.length > 0) this.scheduleLater();
  }

  /** Reads what a connection sends first, and leaves it to the parser. */
  private look(socket: Socket): void {
    if (socket.destroyed) return;
    socket.once('readable', () => {
      const bytes: unknown = socket.read();
      if (!this.held.has(socket)) return;
      if (Buffer.isBuffer(bytes)) socket.unshift(bytes);
      const token = Buffer.isBuffer(bytes) ? TOKEN.exec(bytes.toString('latin1'))?.[1] : undefined;
      if (token !== undefined && this.options.isKnown(token)) this.read(socket);
      else {
        this.unknown.push(socket);
        this.schedule();
      }
    });
  }

  private closeLate(now: number): void {
    for (const [socket, acceptedAt] of this.held) {
      if (now - acceptedAt <= this.options.headerSeconds * 1000) return;
      socket.destroy();
    }
  }
}
