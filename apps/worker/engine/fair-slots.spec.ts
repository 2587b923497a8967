import { describe, expect, it } from '@jest/globals';
import { FairSlots } from './fair-slots.js';

describe('FairSlots', () => {
  it('leaves a slot to other users, and wakes the oldest refused job when one becomes free', () => {
    const woken: string[] = [];
    const slots = new FairSlots(2, (id) => woken.push(id));

    expect([slots.take('anna', 'a1'), slots.take('anna', 'a2')]).toEqual([null, null]);
    expect(slots.take('anna', 'a3')).toBeGreaterThan(0);
    expect(slots.take('anna', 'a4')).toBeGreaterThan(0);
    expect(slots.take('ben', 'b1')).toBeNull();
    slots.release('anna');
    expect(woken).toEqual(['a3']);
    expect(slots.take('anna', 'a3')).toBeNull();
    slots.release('anna');
    expect(woken).toEqual(['a3', 'a4']);
  });

  it('delays a long queue of one user more than a short one, within a limit', () => {
    let now = 0;
    const slots = new FairSlots(
      1,
      () => undefined,
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
