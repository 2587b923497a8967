import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import { FairSlots } from './fair-slots.js';

const SLOTS = 3;
const HEAVY = ['anna', 'ben'];
const LIGHT = 'carla';
/** Longer than a user rests between two jobs. */
const LONG_JOB_MS = 300;

/** A queue that delivers jobs to a worker in any order: heavy users have 200 jobs, a light one submits one after the other. */
class Simulation {
  readonly finished: string[] = [];
  readonly running: string[] = [];
  /** Jobs that can be delivered: new ones, and refused ones that were woken. */
  readonly deliverable: string[];
  readonly refused = new Set<string>();
  readonly refusedLight: string[] = [];
  private now = 0;
  private readonly slots = new FairSlots(
    SLOTS,
    (id) => {
      if (this.refused.delete(id)) this.deliverable.push(id);
      return Promise.resolve(true);
    },
    () => this.now,
  );
  private submitted = 0;

  constructor() {
    this.deliverable = HEAVY.flatMap((user) => Array.from({ length: 200 }, (_, number) => `${user} ${number}`));
  }

  /** Delivers one of the jobs. */
  deliver(index: number): void {
    const [id] = this.deliverable.splice(index % Math.max(1, this.deliverable.length), 1);
    if (id !== undefined) this.offer(id);
  }

  /** Finishes one of the running jobs. */
  finish(index: number): void {
    const [id] = this.running.splice(index % Math.max(1, this.running.length), 1);
    if (id === undefined) return;
    this.now += LONG_JOB_MS;
    this.finished.push(id);
    this.slots.release(userOf(id), id);
  }

  /** The light user submits a job when the one before it has finished. */
  submitLight(): void {
    if (this.running.some((id) => userOf(id) === LIGHT)) return;
    this.submitted += 1;
    this.offer(`${LIGHT} ${this.submitted}`);
  }

  runningOf(user: string): number {
    return this.running.filter((id) => userOf(id) === user).length;
  }

  private offer(id: string): void {
    if (this.slots.take(userOf(id), id) === null) this.running.push(id);
    else if (userOf(id) === LIGHT) this.refusedLight.push(id);
    else this.refused.add(id);
  }
}

const userOf = (id: string): string => id.split(' ')[0] ?? '';

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('deliver' as const), index: fc.nat(1_000) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('finish' as const), index: fc.nat(1_000) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('submitLight' as const), index: fc.constant(0) }) },
);

describe('FairSlots', () => {
  it('never refuses a light user’s job because of two heavy users, in any order of deliveries and ends', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const simulation = new Simulation();
        for (const { what, index } of actions) {
          simulation[what](index);
          // The first jobs of two further users run in addition to the slots.
          expect(simulation.running.length).toBeLessThanOrEqual(SLOTS + 2);
        }
        expect(simulation.refusedLight).toEqual([]);
      }),
    );
  });

  it('shares the slots equally between two users with enough jobs, in any order of arrival', () => {
    const simulation = new Simulation();
    // The queue delivers all jobs of the first user, then those of the second; later only what is woken.
    while (simulation.deliverable.length > 0) simulation.deliver(0);
    expect([simulation.runningOf('anna'), simulation.runningOf('ben')]).toEqual([SLOTS, 1]);
    for (let ends = 0; ends < 60; ends += 1) {
      simulation.finish(0);
      while (simulation.deliverable.length > 0) simulation.deliver(0);
    }
    const [anna, ben] = HEAVY.map((user) => simulation.finished.filter((id) => userOf(id) === user).length);
    expect(Math.abs((anna ?? 0) - (ben ?? 0))).toBeLessThanOrEqual(SLOTS);
    expect(simulation.running).toHaveLength(SLOTS);
  });

  it('gives further users a slot each in addition to those that one user has taken, and at most as many again', () => {
    const slots = new FairSlots(SLOTS, () => Promise.resolve(true));
    const take = (user: string, id: string): boolean => slots.take(user, id) === null;

    expect(['a1', 'a2', 'a3', 'a4'].map((id) => take('anna', id))).toEqual([true, true, true, false]);
    expect(['ben', 'carla', 'dora', 'emil'].map((user) => take(user, user))).toEqual([true, true, true, false]);
    expect(take('ben', 'b2')).toBe(false);
  });

  it('wakes a job of the user who has the fewest running', () => {
    const woken: string[] = [];
    let now = 0;
    const slots = new FairSlots(
      4,
      (id) => Promise.resolve(woken.push(id) > 0),
      () => now,
    );
    for (const id of ['a1', 'a2', 'a3', 'a4', 'a5']) slots.take('anna', id);
    for (const id of ['b1', 'b2']) slots.take('ben', id);

    now += LONG_JOB_MS;
    slots.release('anna', 'a1');
    expect(woken).toEqual([]);
    slots.release('anna', 'a2');
    expect(woken).toEqual(['b2']);
  });

  it('wakes the job that was refused first when a slot of its user becomes free', () => {
    const woken: string[] = [];
    const slots = new FairSlots(2, (id) => Promise.resolve(woken.push(id) > 0));

    expect([slots.take('anna', 'a1'), slots.take('anna', 'a2')]).toEqual([null, null]);
    expect(slots.take('anna', 'a3')).toBeGreaterThan(0);
    expect(slots.take('anna', 'a4')).toBeGreaterThan(0);
    slots.release('anna', 'a1');
    expect(woken).toEqual(['a3']);
    expect(slots.take('anna', 'a3')).toBeNull();
    slots.release('anna', 'a2');
    expect(woken).toEqual(['a3', 'a4']);
  });

  it('wakes the next job when another worker has run the one that was refused first', async () => {
    const woken: string[] = [];
    const slots = new FairSlots(1, (id) => {
      woken.push(id);
      return Promise.resolve(id === 'a4');
    });
    for (const id of ['a1', 'a2', 'a3', 'a4', 'a5']) slots.take('anna', id);
    slots.release('anna', 'a1');
    await setImmediate();
    expect(woken).toEqual(['a2', 'a3', 'a4']);
  });

  it('lowers the priority of the commands of a user with several jobs, running or refused', () => {
    const slots = new FairSlots(SLOTS, () => Promise.resolve(true));
    for (const id of ['a1', 'a2', 'a3', 'a4']) slots.take('anna', id);
    slots.take('ben', 'b1');

    expect(slots.startCommand('anna', 'a1').niceness).toBe(19);
    expect(slots.startCommand('ben', 'b1').niceness).toBe(0);
    slots.release('anna', 'a1');
    slots.release('anna', 'a2');
    expect(slots.startCommand('anna', 'a3').niceness).toBe(0);
    slots.take('carla', 'c1');
    slots.take('anna', 'a5');
    expect(slots.startCommand('anna', 'a3').niceness).toBe(19);
  });

  it('runs short jobs of one user one after the other with rests between them while jobs of others are here', () => {
    let now = 0;
    const slots = new FairSlots(
      SLOTS,
      () => Promise.resolve(true),
      () => now,
    );
    const run = (user: string, id: string, runsCommand: boolean): boolean => {
      now += 10;
      if (slots.take(user, id) !== null) return false;
      if (runsCommand) slots.startCommand(user, id);
      slots.release(user, id);
      return true;
    };
    const started = (user: string, runsCommand = true): number =>
      Array.from({ length: 100 }, (_, number) => run(user, `${user}${number}`, runsCommand)).filter(Boolean).length;

    expect(slots.take('anna', 'runs')).toBeNull();
    expect(started('anna')).toBe(100);
    expect(run('ben', 'b', true)).toBe(true);
    expect(started('anna')).toBeLessThan(10);
    expect(started('anna', false)).toBeGreaterThan(50);
    expect(run('ben', 'b', true)).toBe(true);
    now += 20_000;
    expect(started('anna')).toBe(100);
  });

  it('wakes a job of a user who has rested', async () => {
    const woken: string[] = [];
    const both = new Promise<void>((resolve) => {
      const slots = new FairSlots(5, (id) => {
        woken.push(id);
        if (woken.length === 2) resolve();
        else expect(slots.take('anna', id)).toBeNull();
        return Promise.resolve(true);
      });
      slots.take('ben', 'b1');
      expect(slots.take('anna', 'a1')).toBeNull();
      expect(slots.take('anna', 'a2')).toBeGreaterThan(0);
      expect(slots.take('anna', 'a3')).toBeGreaterThan(0);
    });
    await both;
    expect(woken).toEqual(['a2', 'a3']);
  });

  it('delays a long queue of one user more than a short one, within a limit', () => {
    let now = 0;
    const slots = new FairSlots(
      1,
      () => Promise.resolve(true),
      () => now,
    );
    slots.take('anna', 'runs');
    const delays = Array.from({ length: 500 }, (_, index) => slots.take('anna', `a${index}`) ?? 0);
    expect(delays[0]).toBeLessThan(1_000);
    expect(delays.at(-1)).toBe(30_000);
    now += 60_000;
    expect(slots.take('anna', 'later')).toBe(delays[0]);
  });
});
