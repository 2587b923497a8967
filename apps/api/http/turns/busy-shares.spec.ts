import { describe, expect, it } from '@jest/globals';
import { setImmediate as otherEvents } from 'node:timers/promises';
import { BusyShares } from './busy-shares.js';

function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;) continue;
}

describe('the time for which the event loop was busy', () => {
  it('is divided between the turns that were active', async () => {
    const shares = new BusyShares();
    await otherEvents();
    const endFirst = shares.begin();
    busy(20);
    const endOther = shares.begin();
    busy(40);
    const [first, other] = [endFirst(), endOther()];
    expect(other).toBeGreaterThanOrEqual(19);
    expect(first - other).toBeGreaterThanOrEqual(19);
    expect(first + other).toBeGreaterThanOrEqual(59);
  });
});
