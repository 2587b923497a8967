import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { SharedReads } from './shared-reads.js';

/** Reads that end when the spec says so. */
class Reads {
  private readonly shared: SharedReads<number>;
  readonly ends: ((error?: Error) => void)[] = [];

  constructor(limit?: number) {
    this.shared = new SharedReads(limit);
  }

  async read(key: string): Promise<number> {
    return await this.shared.read(key, async () => {
      const number = this.ends.length;
      await new Promise<void>((resolve, reject) => {
        this.ends.push((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      });
      return number;
    });
  }
}

/** Lets reads start. */
async function othersHandled(): Promise<void> {
  for (let times = 0; times < 3; times += 1) await setImmediate();
}

describe('reads that come at the same time', () => {
  it('share one, and those that come while it runs share the next one', async () => {
    const reads = new Reads();
    const together = [reads.read('a'), reads.read('a')];
    await othersHandled();
    expect(reads.ends).toHaveLength(1);
    const later = [reads.read('a'), reads.read('a')];
    reads.ends[0]?.();
    expect(await Promise.all(together)).toEqual([0, 0]);
    await othersHandled();
    expect(reads.ends).toHaveLength(2);
    reads.ends[1]?.();
    expect(await Promise.all(later)).toEqual([1, 1]);
    const last = reads.read('a');
    await othersHandled();
    reads.ends[2]?.();
    expect(await last).toBe(2);
  });

  it('do not wait for others, and do not share a failure that came before them', async () => {
    const reads = new Reads();
    const [failing, other] = [reads.read('a'), reads.read('b')];
    await othersHandled();
    const following = reads.read('a');
    reads.ends[1]?.();
    expect(await other).toBe(1);
    reads.ends[0]?.(new Error('gone'));
    await expect(failing).rejects.toThrow('gone');
    await othersHandled();
    reads.ends[2]?.();
    expect(await following).toBe(2);
  });

  it('wait in the order of their arrival when others run, shared by those that come meanwhile', async () => {
    const reads = new Reads(1);
    const waiting = [reads.read('a'), reads.read('b'), reads.read('c')];
    await othersHandled();
    expect(reads.ends).toHaveLength(1);
    waiting.push(reads.read('b'));
    for (const index of [0, 1, 2]) {
      reads.ends[index]?.();
      await othersHandled();
    }
    expect(await Promise.all(waiting)).toEqual([0, 1, 2, 1]);
  });

  it('wait no longer when one has failed', async () => {
    const reads = new Reads(1);
    const [failing, ...waiting] = [reads.read('a'), reads.read('b'), reads.read('c')];
    await othersHandled();
    reads.ends[0]?.(new Error('timeout'));
    await expect(failing).rejects.toThrow('timeout');
    await othersHandled();
    expect(reads.ends).toHaveLength(3);
    const last = reads.read('d');
    await othersHandled();
    reads.ends[1]?.();
    await othersHandled();
    expect(reads.ends).toHaveLength(3);
    reads.ends[2]?.();
    await othersHandled();
    reads.ends[3]?.();
    expect(await Promise.all([...waiting, last])).toEqual([1, 2, 3]);
  });
});
