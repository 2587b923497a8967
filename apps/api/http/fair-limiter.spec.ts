import { describe, expect, it } from '@jest/globals';
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

  end(name: string): void {
    this.ends.get(name)?.();
  }
}

describe('FairLimiter', () => {
  it('starts the clients that wait in turn, and the requests of each in order', () => {
    const scenario = new Scenario({ total: 2 });
    scenario.request('a1', 'a2', 'a3', 'a4', 'b1', 'c1');
    expect(scenario.started).toEqual(['a1', 'a2']);
    for (const name of ['a1', 'a2', 'a3', 'b1']) scenario.end(name);
    expect(scenario.started).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4']);
  });

  it('limits each client on its own', () => {
    const scenario = new Scenario({ perClient: 2 });
    scenario.request('a1', 'a2', 'a3', 'b1', 'b2', 'b3');
    expect(scenario.started).toEqual(['a1', 'a2', 'b1', 'b2']);
    scenario.end('b1');
    expect(scenario.started).toEqual(['a1', 'a2', 'b1', 'b2', 'b3']);
  });

  it('does not start what has left the queue, and counts the end of a turn once', () => {
    const scenario = new Scenario({ total: 1 });
    scenario.request('a1', 'b1', 'c1', 'd1');
    scenario.end('b1');
    expect(scenario.limiter.waiting).toBe(2);
    scenario.end('a1');
    scenario.end('a1');
    expect(scenario.started).toEqual(['a1', 'c1']);
    scenario.end('c1');
    scenario.end('d1');
    scenario.request('e1');
    expect(scenario.started).toEqual(['a1', 'c1', 'd1', 'e1']);
    expect(scenario.limiter.waiting).toBe(0);
  });
});
