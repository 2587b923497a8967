import { type Socket } from 'node:net';

/** The connections of known users that wait to be read, user by user; of each, new connections first, the last arrival before the others. */
export class KnownConnections {
  /** By user, the one whose turn is next first; of each user, the last connection is next. */
  private readonly users = new Map<string, Socket[]>();

  /** How many users have connections that wait. */
  get size(): number {
    return this.users.size;
  }

  /** Adds a new connection. */
  add(user: string, socket: Socket): void {
    this.of(user).push(socket);
  }

  /** Adds a connection whose last request was answered; of these, the first arrival is next. */
  addAnswered(user: string, socket: Socket): void {
    this.of(user).unshift(socket);
  }

  /** The next ones, at most `limit`, one of each user after the other. @param hasRoom whether a user may have so many more */
  take(limit: number, hasRoom: (user: string, more: number) => boolean): Socket[] {
    const taken: Socket[] = [];
    while (taken.length < limit) {
      const [user, sockets] = [...this.users].find(([each]) => hasRoom(each, taken.length)) ?? [];
      const socket = sockets?.pop();
      if (user === undefined || sockets === undefined || socket === undefined) break;
      taken.push(socket);
      this.users.delete(user);
      if (sockets.length > 0) this.users.set(user, sockets);
    }
    return taken;
  }

  /** All of them; they do not wait any more. */
  takeAll(): Socket[] {
    const all = [...this.users.values()].flat();
    this.users.clear();
    return all;
  }

  private of(user: string): Socket[] {
    const sockets = this.users.get(user) ?? [];
    this.users.set(user, sockets);
    return sockets;
  }
}
