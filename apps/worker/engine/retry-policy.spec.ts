import { describe, expect, it } from '@jest/globals';
import {
  backoffMs,
  MAX_UNKNOWN_OBSERVATIONS,
  MAX_URGENT_DEFERRALS,
  unknownRecheckMs,
  untilNextTick,
} from './retry-policy.js';

describe('the delay after a deferral', () => {
  it('doubles each time, up to a minute', () => {
    const longest = (): number => 1;
    expect([0, 1, 2, 5, 6, 20].map((deferrals) => backoffMs(deferrals, { random: longest }))).toEqual([
      1_000, 2_000, 4_000, 32_000, 60_000, 60_000,
    ]);
  });

  it('is at least half as long, so that it never becomes a busy loop', () => {
    expect(backoffMs(0, { random: () => 0 })).toBe(500);
    expect(backoffMs(20, { random: () => 0 })).toBe(30_000);
  });

  it('stays within seconds for urgent steps, and covers eight minutes in total', () => {
    const pauses = (random: number): number[] =>
      Array.from({ length: MAX_URGENT_DEFERRALS }, (_, before) =>
        backoffMs(before + 1, { urgent: true, random: () => random }),
      );
    expect(Math.max(...pauses(1))).toBe(8_000);
    expect(pauses(0).reduce((sum, pause) => sum + pause)).toBeGreaterThan(480_000);
  });
});

describe('the delay after an unknown state', () => {
  it('begins with half a second and ends after 7.5 seconds', () => {
    const pauses = Array.from({ length: MAX_UNKNOWN_OBSERVATIONS }, (_, before) => unknownRecheckMs(before + 1));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000]);
  });
});

describe('the time until the next tick', () => {
  it('makes jobs that begin to wait at different times wake together', () => {
    const wakes = [100_000, 103_200, 109_999].map((now) => now + untilNextTick(now, 10_000));
    expect(new Set(wakes)).toEqual(new Set([110_000]));
  });

  it('is never zero', () => {
    expect(untilNextTick(110_000, 10_000)).toBe(10_000);
  });
});
