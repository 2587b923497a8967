import { bearerToken } from '#auth';
import { type ApiConfig } from '#config';
import { type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { type AcceptBacklog } from './accept-backlog.js';
import { type RequestTurns } from '../turns/request-turns.js';
import { KnownConnections } from './known-connections.js';
import { UnknownConnections } from './unknown-connections.js';

/** This many new connections are read at once, whatever they send. */
const ALWAYS_READ = 8;
/**
 * How many connections are examined, and how many are read (of unknown senders and of known users), before other events are handled. While
 * new connections arrive, this takes up to 50 ms ({@link AcceptBacklog}).
 */
const EXAMINED_PER_TURN = 256;
const READS_PER_TURN = 4;
const KNOWN_READS_PER_TURN = 16;
/** A further connection is read only while fewer requests wait for their turn: of its user or of unknown senders; after a denial. */
const WAITING_LIMIT = 64;
const WAITING_AFTER_DENIAL_LIMIT = 8;
/** When to try again after such a limit was met, in milliseconds. */
const RETRY_MS = 5;
/** How many bytes of connections that are held are kept at most; then those that sent more than a header at once are closed. */
const HELD_BYTES_LIMIT = 32 * 1024 * 1024;
const SMALL_BYTES = 4 * 1024;
const NOTHING = Buffer.alloc(0);
/** How often connections that were not read in time are closed, in milliseconds. */
const CHECK_INTERVAL_MS = 2_000;
/** The field with the credentials, in the first bytes of a connection. */
const AUTHORIZATION = /\r\nauthorization:([^\r\n]*)\r\n/i;

/** What {@link ConnectionGate} needs to know. */
export interface ConnectionGateOptions {
  /** How long a connection can wait: `headerSeconds` when it has sent nothing, else `bodySeconds`. */
  readonly limits: Pick<ApiConfig['limits'], 'headerSeconds' | 'bodySeconds'>;
  readonly backlog: AcceptBacklog;
  readonly turns: Pick<RequestTurns, 'waitingAtGate' | 'waitingOf' | 'ownerOfToken'>;
}

interface HeldConnection {
  /** In milliseconds of the process's monotonic clock. */
  readonly acceptedAt: number;
  /** How many bytes of it were read and are kept. */
  size: number;
  /** Leaves what was read, and the rest, to the parser. */
  stopReading: () => void;
}

/**
 * Holds new connections back until the process has time for them. A waiting request takes ten times the memory of an unread connection, and
 * parsing thousands of them takes seconds. Usually each connection is read at once. When many arrive, those with a known token in their
 * first bytes come first, in turn for all users ({@link KnownConnections}), then the others ({@link UnknownConnections}), and last those whose
 * last token was denied.
 */
export class ConnectionGate {
  /** The connections that are held, the oldest first. */
  private readonly held = new Map<Socket, HeldConnection>();
  private heldBytes = 0;
  /** Those that were not examined yet. */
  private readonly unread: Socket[] = [];
  /** Those that have sent a known token. */
  private readonly known = new KnownConnections();
  /** Those that have sent a token that is not known. */
  private readonly withToken = new UnknownConnections();
  /** Those that have sent no token. */
  private readonly withoutToken = new UnknownConnections();
  /** Those whose last token was denied; the next request is not read yet. */
  private readonly denied: Socket[] = [];
  /** Connections that their clients closed before they were read: thousands at once after a flood. */
  private readonly gone: Socket[] = [];
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
      const held = this.held.get(socket);
      this.release(socket);
      if (socket.destroyed) return;
      if (held !== undefined) {
        held.stopReading();
        for (const listener of listeners) Reflect.apply(listener, server, [socket]);
      }
      socket.resume();
    };
    // `createServer` of node:http has no option for it; those of node:net read it for each connection (`onconnection` of lib/net.js).
    Object.assign(server, { pauseOnConnect: true });
    server.on('connection', (socket) => {
      if (socket.destroyed) return;
      this.held.set(socket, { acceptedAt: performance.now(), size: 0, stopReading: () => undefined });
      socket
        .on('error', () => undefined)
        .once('close', () => {
          this.release(socket);
        });
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
    this.afterResponse(socket, response, () => {
      socket.pause();
      this.denied.push(socket);
      this.schedule();
    });
  }

  /**
   * The request was one of this user: while many of theirs wait, the next one of its connection is read after those of their new
   * connections. Thousands of connections would each have one that waits, and all of them would arrive at once.
   */
  allow(user: string, socket: Socket, response: ServerResponse): void {
    this.afterResponse(socket, response, () => {
      if (this.options.turns.waitingOf(user) < WAITING_LIMIT) return;
      socket.pause();
      this.known.addAnswered(user, socket);
      this.schedule();
    });
  }

  private afterResponse(socket: Socket, response: ServerResponse, act: () => void): void {
    response.once('finish', () => {
      // Node resumes the socket when the response is finished.
      setImmediate(() => {
        if (!this.isOpen && !socket.destroyed) act();
      });
    });
  }

  /** On shutdown, reads all connections. */
  open(): void {
    this.isOpen = true;
    for (const socket of this.held.keys()) this.read(socket);
    for (const socket of [...this.denied.splice(0), ...this.known.takeAll()]) socket.resume();
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
    const { unread, withToken, withoutToken, denied, gone } = this;
    for (const socket of gone.splice(0, EXAMINED_PER_TURN)) socket.destroy();
    const { turns } = this.options;
    const waiting = turns.waitingAtGate;
    const room = Math.min(WAITING_LIMIT - waiting.unknown, READS_PER_TURN);
    // Requests without a token can wait for long, for clients that do not read.
    const roomWithToken = Math.min(WAITING_LIMIT - waiting.withToken, READS_PER_TURN);
    if (this.isOpen || (unread.length + withToken.size + withoutToken.size <= ALWAYS_READ && room > 0)) {
      const all = [unread.splice(0), withToken.take(withToken.size), withoutToken.take(withoutToken.size)];
      for (const socket of all.flat()) this.read(socket);
    }
    for (const socket of unread.splice(-EXAMINED_PER_TURN)) this.look(socket);
    // Of a user whose requests wait, none.
    const known = this.known.take(KNOWN_READS_PER_TURN, (user, more) => turns.waitingOf(user) + more < WAITING_LIMIT);
    for (const socket of known) this.read(socket);
    for (const socket of [...withToken.take(roomWithToken), ...withoutToken.take(room)]) this.read(socket);
    const roomAfterDenial = WAITING_AFTER_DENIAL_LIMIT - waiting.afterDenial;
    if (room > 0 && roomAfterDenial > 0) for (const socket of denied.splice(0, roomAfterDenial)) socket.resume();
    const canReadMore = (withToken.size > 0 && roomWithToken > 0) || (withoutToken.size > 0 && room > 0);
    const held = this.known.size + withToken.size + withoutToken.size + denied.length;
    if (unread.length > 0 || known.length > 0 || gone.length > 0 || canReadMore) this.schedule();
    else if (held > 0) this.scheduleLater();
  }

  /** Reads what a connection sends first, until the parser reads it. One whose client has gone meanwhile is closed unread. */
  private look(socket: Socket): void {
    const held = this.held.get(socket);
    if (held === undefined) return;
    let kept: Buffer = NOTHING;
    const onReadable = (): void => {
      const isFirst = held.size === 0;
      const bytes: unknown = socket.read();
      if (!Buffer.isBuffer(bytes)) return;
      if (held.size + bytes.length > SMALL_BYTES && this.heldBytes > HELD_BYTES_LIMIT) {
        // What was read is not put back: the memory of a closed socket is freed late.
        kept = NOTHING;
        socket.destroy();
        return;
      }
      this.heldBytes += bytes.length;
      held.size += bytes.length;
      kept = isFirst ? bytes : Buffer.concat([kept, bytes]);
      // More is not read than this.
      if (held.size > SMALL_BYTES) held.stopReading();
      if (isFirst) this.sort(socket, bytes.toString('latin1'));
    };
    const onEnd = (): void => {
      this.gone.push(socket);
      this.schedule();
    };
    socket.on('readable', onReadable).on('end', onEnd);
    held.stopReading = () => {
      socket.off('readable', onReadable).off('end', onEnd);
      if (kept.length > 0) socket.unshift(kept);
      kept = NOTHING;
    };
  }

  /** @param head what the connection has sent first, as Latin-1 */
  private sort(socket: Socket, head: string): void {
    const token = bearerToken(AUTHORIZATION.exec(head)?.[1]?.trim());
    const user = token === null ? null : this.options.turns.ownerOfToken(token);
    if (token === null) this.withoutToken.add(socket, head);
    else if (user === null) this.withToken.add(socket, head);
    else this.known.add(user, socket);
    this.schedule();
  }

  private release(socket: Socket): void {
    this.heldBytes -= this.held.get(socket)?.size ?? 0;
    this.held.delete(socket);
  }

  private closeLate(now: number): void {
    const { headerSeconds, bodySeconds } = this.options.limits;
    for (const [socket, { acceptedAt, size }] of this.held) {
      if (now - acceptedAt > (size === 0 ? headerSeconds : bodySeconds) * 1000) socket.destroy();
    }
  }
}
