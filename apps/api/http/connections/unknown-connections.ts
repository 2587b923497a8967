import { type Socket } from 'node:net';

/** The number of groups of clients. */
const KINDS = 256;
/** How many characters of a header decide about the group. */
const HEAD_LENGTH = 2_048;
/** The parts of a header that are the same in all requests of one client program; of the token its length. */
const STABLE_PARTS = /^user-agent:.*|^(authorization): *(.*)|^[\w-]+:/gim;

interface Kind {
  /** How many of them were taken since the first of those that wait has arrived. */
  taken: number;
  readonly waiting: Socket[];
}

/**
 * New connections without a known token, grouped by client: the address, and what its requests look like. The group that was served least
 * is next, and of each group the newest connection. A flood mostly comes from one program, so other clients do not wait behind it. When
 * all connections look different, the newest of all comes first.
 */
export class UnknownConnections {
  private readonly kinds = new Map<number, Kind>();
  private count = 0;

  /** How many wait. */
  get size(): number {
    return this.count;
  }

  /** @param head what the connection has sent so far, as Latin-1 */
  add(socket: Socket, head: string): void {
    const number = kindOf(socket.remoteAddress ?? '', head);
    const kind = this.kinds.get(number) ?? { taken: 0, waiting: [] };
    kind.waiting.push(socket);
    this.count += 1;
    // The kind of the last arrival is the last one.
    this.kinds.delete(number);
    this.kinds.set(number, kind);
  }

  /** The next ones, at most `limit`; they do not wait any more. Those that were closed meanwhile are dropped. */
  take(limit: number): Socket[] {
    const sockets: Socket[] = [];
    while (sockets.length < limit) {
      const socket = this.takeOne();
      if (socket === undefined) break;
      if (!socket.destroyed) sockets.push(socket);
    }
    return sockets;
  }

  private takeOne(): Socket | undefined {
    let next: readonly [number, Kind] | undefined;
    for (const each of this.kinds) if (next === undefined || each[1].taken <= next[1].taken) next = each;
    if (next === undefined) return undefined;
    const [number, kind] = next;
    const socket = kind.waiting.pop();
    kind.taken += 1;
    this.count -= 1;
    if (kind.waiting.length === 0) this.kinds.delete(number);
    return socket;
  }
}

/** A number from 0 to {@link KINDS} - 1 for the kind of client that sends a header. */
function kindOf(address: string, head: string): number {
  const parts = [...head.slice(0, HEAD_LENGTH).matchAll(STABLE_PARTS)];
  const names = parts.map(([part, token, value = '']) => (token === undefined ? part : `${token}${value.length}`));
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (const character of [address, ...names].join('\n')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return ((hash ^ (hash >>> 15)) >>> 0) % KINDS;
}
