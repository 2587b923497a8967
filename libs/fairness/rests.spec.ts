import { describe, expect, it } from '@jest/globals';
import { Rests } from './rests.js';

function started(): { readonly rests: Rests; readonly pass: (ms: number) => void } {
  let now = 1_000;
  const rests = new Rests(() => now);
  return {
    rests,
    pass: (ms) => {
      now += ms;
    },
  };
}

describe('Rests', () => {
  it('lets a user who is alone work without a rest', () => {
    const { rests, pass } = started();
    for (let count = 0; count < 10; count += 1) {
      rests.seen('anna');
      rests.after('anna', 500);
      pass(1);
      expect(rests.of('anna')).toBe(0);
    }
  });

  it('has a user rest longer than its work while others are here', () => {
    const { rests, pass } = started();
    rests.seen('ben');
    rests.seen('anna');
    rests.after('anna', 100);
    expect(rests.of('anna')).toBe(300);
    expect(rests.of('ben')).toBe(0);
    pass(200);
    rests.after('anna', 100);
    expect(rests.of('anna')).toBe(400);
    pass(400);
    expect(rests.of('anna')).toBe(0);
  });

  it('ends the rest of a user when the others have gone', () => {
    const { rests, pass } = started();
    rests.seen('ben');
    pass(9_000);
    rests.seen('anna');
    rests.seen('anna');
    rests.after('anna', 600);
    expect(rests.of('anna')).toBeGreaterThan(0);
    pass(1_100);
    expect(rests.isAlone('anna')).toBe(true);
    expect(rests.of('anna')).toBe(0);
    rests.seen('ben');
    expect(rests.isAlone('anna')).toBe(false);
  });

  it('calls back when a rest is over, also one that has become longer meanwhile', async () => {
    const rests = new Rests();
    rests.seen('ben');
    rests.after('anna', 5);
    const over = new Promise<number>((resolve) => {
      rests.whenOver('anna', () => {
        resolve(rests.of('anna'));
      });
    });
    rests.after('anna', 5);
    expect(await over).toBe(0);
    let isCalled = false;
    rests.whenOver('anna', () => {
      isCalled = true;
    });
    expect(isCalled).toBe(true);
  });

  it('limits a rest, and takes back one for work that did not happen', () => {
    const { rests } = started();
    rests.seen('ben');
    rests.after('anna', 60_000);
    expect(rests.of('anna')).toBe(2_000);
    rests.after('carla', 100);
    rests.after('carla', 50)();
    expect(rests.of('carla')).toBe(300);
    expect(rests.count).toBe(2);
  });
});
