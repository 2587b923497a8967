import { describe, expect, it } from '@jest/globals';
import { setImmediate as otherEvents } from 'node:timers/promises';
import { Presence } from '#fairness';
import { BusyShares } from './busy-shares.js';
import { type EndTurn, FairLimiter, type TurnLimits } from './fair-limiter.js';

/** Requests turns for clients, named by their first letter, and records which have started. */
class Scenario {
  readonly started: string[] = [];
  private readonly ends = new Map<string, EndTurn>();
  readonly limiter: FairLimiter;

  constructor(limits: TurnLimits) {
    this.limiter = new FairLimiter(limits);
  }

  request(...names: string[]): void {
    for (const name of names)
      this.ends.set(
        name,
        this.limiter.request(name.slice(0, 1), () => this.started.push(name)),
      );
  }

  /** Ends a turn; resolves when the next one has started. */
  async end(name: string): Promise<void> {
    this.ends.get(name)?.();
    await otherEvents();
  }
}

function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;) continue;
}

describe('FairLimiter', () => {
  it('starts the clients that wait in turn, and the requests of each in order', async () => {
    const scenario = new Scenario({ total: 2 });
    scenario.request('a1', 'a2', 'a3', 'a4', 'b1', 'c1');
    expect(scenario.started).toEqual(['a1', 'a2']);
    for (const name of ['a1', 'a2', 'a3', 'b1']) await scenario.end(name);
    expect(scenario.started).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4']);
  });

  it('has a client rest between its turns while others are here, and not when it is alone', async () => {
    const alone = new Scenario({ perClient: 2, besideOthers: { turns: 1, rests: 'always', restFactor: 3 } });
    alone.request('a1', 'a2', 'a3');
    expect(alone.started).toEqual(['a1', 'a2']);
    busy(20);
    await alone.end('a1');
    expect(alone.started).toEqual(['a1', 'a2', 'a3']);

    const shared = new Scenario({ perClient: 2, besideOthers: { turns: 1, rests: 'always', restFactor: 3 } });
    shared.request('b1', 'a1', 'a2');
    expect(shared.started).toEqual(['b1', 'a1']);
    await otherEvents();
    busy(50);
    await shared.end('a1');
    shared.request('c1');
    expect(shared.started).toEqual(['b1', 'a1', 'c1']);
    while (shared.limiter.waiting > 0) await otherEvents();
    expect(shared.started).toEqual(['b1', 'a1', 'c1', 'a2']);
  });

  it('has a client rest after turns during which others of it wait only, if that is wanted', async () => {
    const scenario = new Scenario({
      perClient: 8,
      besideOthers: { turns: 2, rests: 'while_more_wait', restFactor: 3 },
    });
    scenario.request('b1', 'a1', 'a2');
    busy(20);
    await scenario.end('a1');
    await scenario.end('a2');
    scenario.request('a3', 'a4', 'a5');
    expect(scenario.started).toEqual(['b1', 'a1', 'a2', 'a3', 'a4']);
    await otherEvents();
    busy(50);
    await scenario.end('a3');
    expect(scenario.started).not.toContain('a5');
    while (scenario.limiter.waiting > 0) await otherEvents();
    // `b1` and `a4` were active, too.
    expect(scenario.started).toContain('a5');
  });

  it('knows of the others by what they do elsewhere', () => {
    const load = { presence: new Presence(), shares: new BusyShares() };
    const limits: TurnLimits = { besideOthers: { turns: 1, rests: 'always', restFactor: 3 } };
    new FairLimiter({}, undefined, load).request('b', () => undefined);
    const limiter = new FairLimiter(limits, undefined, load);
    for (const client of ['a', 'a', 'c']) limiter.request(client, () => undefined);
    expect(limiter.waitingOf('a')).toBe(1);
    expect(limiter.waitingOf('c')).toBe(0);
  });

  it('starts all turns that wait, however short the rests between them are', async () => {
    const scenario = new Scenario({ perClient: 2, besideOthers: { turns: 1, rests: 'always', restFactor: 3 } });
    scenario.request('b1');
    const names = Array.from({ length: 200 }, (_, index) => `a${index}`);
    scenario.request(...names);
    for (const name of names) {
      while (!scenario.started.includes(name)) await otherEvents();
      await scenario.end(name);
    }
    expect(scenario.limiter.waiting).toBe(0);
  });

  it('can start the newest request of each client first', async () => {
    const scenario = new Scenario({ total: 1, newestFirst: true });
    scenario.request('a1', 'a2', 'a3', 'b1', 'b2');
    for (const name of ['a1', 'a3', 'b2', 'a2']) await scenario.end(name);
    expect(scenario.started).toEqual(['a1', 'a3', 'b2', 'a2', 'b1']);
  });

  it('limits each client on its own', async () => {
    const scenario = new Scenario({ perClient: 2 });
    scenario.request('a1', 'a2', 'a3', 'b1', 'b2', 'b3');
    expect(scenario.started).toEqual(['a1', 'a2', 'b1', 'b2']);
    await scenario.end('b1');
    expect(scenario.started).toEqual(['a1', 'a2', 'b1', 'b2', 'b3']);
  });

  it('does not start what has left the queue, and counts the end of a turn once', async () => {
    const scenario = new Scenario({ total: 1 });
    scenario.request('a1', 'b1', 'c1', 'd1');
    await scenario.end('b1');
    expect(scenario.limiter.waiting).toBe(2);
    await scenario.end('a1');
    await scenario.end('a1');
    expect(scenario.started).toEqual(['a1', 'c1']);
    await scenario.end('c1');
    await scenario.end('d1');
    scenario.request('e1');
    expect(scenario.started).toEqual(['a1', 'c1', 'd1', 'e1']);
    expect(scenario.limiter.waiting).toBe(0);
  });

  it('lets other events happen between turns, also when these end at once', async () => {
    const limiter = new FairLimiter({ total: 2 });
    let turns = 0;
    for (let count = 0; count < 100; count += 1) {
      const end = limiter.request('a', () => {
        turns += 1;
        queueMicrotask(() => {
          end();
        });
      });
    }
    await otherEvents();
    expect(turns).toBeLessThanOrEqual(4);
  });
});
