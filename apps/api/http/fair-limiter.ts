/** Ends a turn, or leaves the queue. Further calls have no effect. */
export type EndTurn = () => void;

/** How many turns there can be at the same time: of all clients, and of one. */
export interface TurnLimits {
  readonly total?: number;
  readonly perClient?: number;
}

interface Client {
  active: number;
  /** What starts their turns, in order of arrival. */
  readonly waiting: Set<() => void>;
}

/** Limits how much is done at the same time. Clients that wait get their turns one after the other, however much each has queued. */
export class FairLimiter {
  /** The clients that have or wait for turns, the one whose turn is next first. */
  private readonly clients = new Map<string, Client>();
  private active = 0;
  private readonly total: number;
  private readonly perClient: number;

  constructor({ total = Infinity, perClient = Infinity }: TurnLimits) {
    this.total = total;
    this.perClient = perClient;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return [...this.clients.values()].reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  /** Calls `start` when it is the turn of the client: at once if possible. @returns ends the turn, or leaves the queue */
  request(name: string, start: () => void): EndTurn {
    const client = this.clients.get(name) ?? { active: 0, waiting: new Set() };
    this.clients.set(name, client);
    let isActive = false;
    let isOver = false;
    const begin = (): void => {
      isActive = true;
      start();
    };
    if (this.canStart(client)) {
      this.count(client, 1);
      begin();
    } else client.waiting.add(begin);
    return () => {
      if (isOver) return;
      isOver = true;
      client.waiting.delete(begin);
      if (isActive) this.count(client, -1);
      if (client.active === 0 && client.waiting.size === 0 && this.clients.get(name) === client)
        this.clients.delete(name);
      if (isActive) this.startNext();
    };
  }

  private canStart({ active }: Client): boolean {
    return this.active < this.total && active < this.perClient;
  }

  private count(client: Client, change: 1 | -1): void {
    client.active += change;
    this.active += change;
  }

  private startNext(): void {
    for (const [name, client] of this.clients) {
      const [begin] = client.waiting;
      if (begin === undefined || !this.canStart(client)) continue;
      client.waiting.delete(begin);
      // The client goes to the end of the line.
      this.clients.delete(name);
      this.clients.set(name, client);
      this.count(client, 1);
      begin();
      return;
    }
  }
}
