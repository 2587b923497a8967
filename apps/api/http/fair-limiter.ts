import { Rests } from '#fairness';

/** Ends a turn, or leaves the queue. Further calls have no effect. */
export type EndTurn = () => void;

/** How many turns there can be at the same time: of all clients, and of one. */
export interface TurnLimits {
  readonly total?: number;
  readonly perClient?: number;
  /** Whether the last arrival of a client is its next turn: in a flood, the first would wait for all of it. */
  readonly newestFirst?: boolean;
  /**
   * Whether a client has one turn at a time while others are here, and rests after it as long as it has kept the process busy
   * ({@link Rests}).
   */
  readonly rests?: boolean;
}

interface Client {
  active: number;
  /** What starts their turns, in order of arrival. */
  readonly waiting: (() => void)[];
}

/** Limits how much is done at the same time. Clients that wait get their turns one after the other, however much each has queued. */
export class FairLimiter {
  /** The clients that have or wait for turns, the one whose turn is next first. */
  private readonly clients = new Map<string, Client>();
  private active = 0;
  private readonly total: number;
  private readonly perClient: number;
  private readonly newestFirst: boolean;
  private readonly rests: Rests | null;

  /** @param afterOthers calls a function after other events of the process: turns would follow each other without a pause */
  constructor(
    { total = Infinity, perClient = Infinity, newestFirst = false, rests = false }: TurnLimits,
    private readonly afterOthers: (next: () => void) => void = setImmediate,
  ) {
    this.total = total;
    this.perClient = perClient;
    this.newestFirst = newestFirst;
    this.rests = rests ? new Rests() : null;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return [...this.clients.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  /** How many clients rest now. */
  get resting(): number {
    return this.rests?.count ?? 0;
  }

  /** How many of a client wait for their turn. */
  waitingOf(name: string): number {
    return this.clients.get(name)?.waiting.length ?? 0;
  }

  /** Calls `start` when it is the turn of the client: at once if possible. @returns ends the turn, or leaves the queue */
  request(name: string, start: () => void): EndTurn {
    const client = this.clients.get(name) ?? { active: 0, waiting: [] };
    this.clients.set(name, client);
    let isActive = false;
    let isOver = false;
    let busyBefore = 0;
    const begin = (): void => {
      isActive = true;
      busyBefore = busyMs();
      start();
    };
    this.rests?.seen(name);
    if (client.waiting.length === 0 && this.canStart(name, client)) {
      this.count(client, 1);
      begin();
    } else client.waiting.push(begin);
    return () => {
      if (isOver) return;
      isOver = true;
      // There are no more of them than connections.
      const index = client.waiting.lastIndexOf(begin);
      if (index !== -1) client.waiting.splice(index, 1);
      if (isActive)
        this.afterOthers(() => {
          this.count(client, -1);
          this.rests?.after(name, busyMs() - busyBefore);
          this.forget(name, client);
          this.startWaiting();
          this.rests?.whenOver(name, () => {
            this.startWaiting();
          });
        });
      else this.forget(name, client);
    };
  }

  private canStart(name: string, { active }: Client): boolean {
    if (this.active >= this.total || active >= this.perClient) return false;
    return this.rests === null || this.rests.isAlone(name) || (active === 0 && this.rests.of(name) === 0);
  }

  private count(client: Client, change: 1 | -1): void {
    client.active += change;
    this.active += change;
  }

  private forget(name: string, client: Client): void {
    if (client.active === 0 && client.waiting.length === 0 && this.clients.get(name) === client)
      this.clients.delete(name);
  }

  private startWaiting(): void {
    // Without rests, a turn that ends makes room for one.
    while (this.startNext() && this.rests !== null) continue;
  }

  /** @returns whether one was started */
  private startNext(): boolean {
    for (const [name, client] of this.clients) {
      if (!this.canStart(name, client)) continue;
      const begin = this.newestFirst ? client.waiting.pop() : client.waiting.shift();
      if (begin === undefined) continue;
      // The client goes to the end of the line.
      this.clients.delete(name);
      this.clients.set(name, client);
      this.count(client, 1);
      begin();
      return true;
    }
    return false;
  }
}

/** How long the event loop has been busy since the process started, in milliseconds. */
function busyMs(): number {
  return performance.eventLoopUtilization().active;
}
