import { Presence, Rests } from '#fairness';
import { BusyShares } from './busy-shares.js';

/** Ends a turn, or leaves the queue. Further calls have no effect. */
export type EndTurn = () => void;

/** How many turns there can be at the same time: of all clients, and of one. */
export interface TurnLimits {
  readonly total?: number;
  readonly perClient?: number;
  /** Whether the newest request of a client is next. In a flood, the oldest would time out. */
  readonly newestFirst?: boolean;
  /** What changes for a client while others are here. */
  readonly besideOthers?: BesideOthers;
}

/** The limits of a client while other clients are active. */
export interface BesideOthers {
  /** How many turns a client has at the same time. */
  readonly turns: number;
  /**
   * When a client rests ({@link Rests}) in proportion to the time for which its turn kept the process busy: after each turn, or only after
   * turns during which further requests of the client wait.
   */
  readonly rests: 'always' | 'while_more_wait';
  /** How many times as long as its turn it rests: with 1, its turns take half of the time of one processor. */
  readonly restFactor: number;
}

/** What the limiters of a process share. */
export interface SharedLoad {
  readonly presence: Presence;
  readonly shares: BusyShares;
}

interface Client {
  active: number;
  /** What starts their turns, in order of arrival. */
  readonly waiting: (() => void)[];
}

/** Limits the number of concurrent turns. Waiting clients take turns (round robin), whatever each has queued. */
export class FairLimiter {
  /** The clients that have or wait for turns, the one whose turn is next first. */
  private readonly clients = new Map<string, Client>();
  private active = 0;
  private readonly total: number;
  private readonly perClient: number;
  private readonly newestFirst: boolean;
  private readonly besideOthers: BesideOthers | null;
  private readonly rests: Rests;
  private readonly shares: BusyShares;
  /** The clients whose turns start when they have rested. */
  private readonly woken = new Set<string>();

  /** @param afterOthers calls a function after other events of the process: turns would follow each other without a pause */
  constructor(
    { total = Infinity, perClient = Infinity, newestFirst = false, besideOthers }: TurnLimits,
    private readonly afterOthers: (next: () => void) => void = setImmediate,
    { presence, shares }: SharedLoad = { presence: new Presence(), shares: new BusyShares() },
  ) {
    this.total = total;
    this.perClient = perClient;
    this.newestFirst = newestFirst;
    this.besideOthers = besideOthers ?? null;
    this.rests = new Rests(undefined, presence);
    this.shares = shares;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return [...this.clients.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  /** How many clients rest now. */
  get resting(): number {
    return this.rests.count;
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
    let endShare = (): number => 0;
    const begin = (): void => {
      isActive = true;
      endShare = this.shares.begin();
      start();
    };
    this.rests.seen(name);
    if (client.waiting.length === 0 && this.canStart(name, client)) {
      this.count(client, 1);
      begin();
    } else {
      client.waiting.push(begin);
      this.wakeAfterRest(name);
    }
    return () => {
      if (isOver) return;
      isOver = true;
      // There are no more of them than connections.
      const index = client.waiting.lastIndexOf(begin);
      if (index !== -1) client.waiting.splice(index, 1);
      const shareMs = endShare();
      if (isActive)
        this.afterOthers(() => {
          this.count(client, -1);
          this.restAfter(name, client, shareMs);
          this.forget(name, client);
          this.startWaiting();
          this.wakeAfterRest(name);
        });
      else this.forget(name, client);
    };
  }

  private canStart(name: string, { active }: Client): boolean {
    if (this.active >= this.total || active >= this.perClient) return false;
    if (this.besideOthers === null || this.rests.isAlone(name)) return true;
    return active < this.besideOthers.turns && this.rests.of(name) === 0;
  }

  private restAfter(name: string, { waiting }: Client, ms: number): void {
    if (this.besideOthers === null) return;
    const { rests, restFactor } = this.besideOthers;
    if (rests === 'always' || waiting.length > 0) this.rests.after(name, ms, restFactor);
  }

  private wakeAfterRest(name: string): void {
    if (this.besideOthers === null || this.woken.has(name) || this.waitingOf(name) === 0) return;
    this.woken.add(name);
    this.rests.whenOver(name, () => {
      this.woken.delete(name);
      this.startWaiting();
    });
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
    while (this.startNext() && this.besideOthers !== null) continue;
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
