import { describe, expect, it } from '@jest/globals';
import { SharedReads } from './shared-reads.js';

/** Reads that end when the spec says so. */
class Reads {
  readonly shared = new SharedReads<number>();
  readonly ends: ((error?: Error) => void)[] = [];

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

describe('reads that come at the same time', () => {
  it('share the one that starts after they have come', async () => {
    const reads = new Reads();
    const first = reads.read('a');
    const [second, third] = [reads.read('a'), reads.read('a')];
    reads.ends[0]?.();
    expect(await first).toBe(0);
    const fourth = reads.read('a');
    reads.ends[1]?.();
    expect(await Promise.all([second, third])).toEqual([1, 1]);
    reads.ends[2]?.();
    expect(await fourth).toBe(2);
    const later = reads.read('a');
    expect(reads.ends).toHaveLength(4);
    reads.ends[3]?.();
    expect(await later).toBe(3);
  });

  it('do not wait for others, and do not share a failure that came before them', async () => {
    const reads = new Reads();
    const [failing, following, other] = [reads.read('a'), reads.read('a'), reads.read('b')];
    reads.ends[1]?.();
    expect(await other).toBe(1);
    reads.ends[0]?.(new Error('gone'));
    await expect(failing).rejects.toThrow('gone');
    reads.ends[2]?.();
    expect(await following).toBe(2);
  });
});
