import { type Socket } from 'node:net';

/** The connections of one user. */
interface Waiting {
  /** New ones, in order of arrival. */
  readonly fresh: Socket[];
  /** Connections whose last request was answered, in the order of the responses. */
  readonly answered: Socket[];
}

/**
 * Connections of known users that wait to be read; users take turns. For each user it serves in rotation the newest connection, the one
 * whose last response is the oldest, and the oldest new connection. So a single new connection does not wait behind thousands, and no
 * connection waits forever.
 */
export class KnownConnections {
  /** By user, the one whose turn is next first. */
  private readonly users = new Map<string, Waiting>();
  private taken = 0;

  /** How many users have connections that wait. */
  get size(): number {
    return this.users.size;
  }

  /** Adds a new connection. */
  add(user: string, socket: Socket): void {
    this.of(user).fresh.push(socket);
  }

  /** Adds a connection whose last request was answered. */
  addAnswered(user: string, socket: Socket): void {
    this.of(user).answered.push(socket);
  }

  /** Takes up to `limit` connections; users take turns. @param hasRoom whether a user can have this many more */
  take(limit: number, hasRoom: (user: string, more: number) => boolean): Socket[] {
    const sockets: Socket[] = [];
    // A user who goes to the end of the line is visited again.
    for (const [user, waiting] of this.users) {
      if (sockets.length === limit) break;
      if (!hasRoom(user, sockets.length)) continue;
      const socket = this.takeOf(waiting);
      if (socket !== undefined) sockets.push(socket);
      this.users.delete(user);
      if (waiting.fresh.length + waiting.answered.length > 0) this.users.set(user, waiting);
    }
    return sockets;
  }

  /** All of them; they do not wait any more. */
  takeAll(): Socket[] {
    const all = [...this.users.values()].flatMap(({ fresh, answered }) => [...fresh, ...answered]);
    this.users.clear();
    return all;
  }

  private takeOf({ fresh, answered }: Waiting): Socket | undefined {
    this.taken += 1;
    if (this.taken % 3 === 1) return fresh.pop() ?? answered.shift();
    return (this.taken % 3 === 2 ? answered.shift() : undefined) ?? fresh.shift() ?? answered.shift();
  }

  private of(user: string): Waiting {
    const waiting = this.users.get(user) ?? { fresh: [], answered: [] };
    this.users.set(user, waiting);
    return waiting;
  }
}
