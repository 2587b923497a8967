import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { onceEach, playAll, started } from './outage-scenarios.js';

const MEMORY_GROWTH_MIB = 100;
/** A busy loop would use nearly the whole minute. */
const IDLE_PROCESSOR_SECONDS = 20;

describe('unavailable for a whole minute', () => {
  // All at the same time: nearly all of it is waiting.
  let seen: Awaited<ReturnType<typeof playAll>>;
  beforeAll(async () => {
    seen = await playAll();
  });
  afterAll(async () => {
    for (const served of started) served.aws.child.signal('SIGCONT');
    await Promise.all(started.map((served) => served.stop()));
  });

  describe('Redis', () => {
    it('is reported to each caller immediately, and costs neither memory nor CPU time', () => {
      expect(seen.redis.outcomes).toEqual([
        'history: 503, later',
        'stacks: 503, later',
        'submission: 503, later',
        'wait: 503, later',
      ]);
      expect([seen.redis.unanswered, seen.redis.alive]).toEqual([0, true]);
      // The worker has checked AWS and its clock meanwhile.
      expect(seen.redis.misreported).toEqual([]);
      expect(seen.redis.grownBy).toBeLessThan(MEMORY_GROWTH_MIB);
      expect(seen.redis.processorTime).toBeLessThan(IDLE_PROCESSOR_SECONDS);
    });

    it('loses no job: each is in the history and makes its changes once', () => {
      expect(seen.redis.missing).toEqual([]);
      expect(seen.redis.ended).toEqual(onceEach(['redis-waits', 'redis-creates', 'redis-queued']));
      expect(new Set(seen.redis.streamed)).toEqual(new Set(['succeeded']));
      expect(seen.redis.remains).toEqual([]);
    });
  });

  describe('the token service', () => {
    it('keeps accepting the tokens that it knew, and no others', () => {
      expect(seen.tokens.outcomes).toEqual([
        'known, hanging: 200',
        'known: 200',
        'unknown, hanging: 503, later',
        'unknown: 503, later',
      ]);
    });

    it('delays no job', () => {
      expect(seen.tokens.ended).toEqual(onceEach(['token-waits', 'token-meanwhile']));
      expect(seen.tokens.remains).toEqual([]);
    });
  });

  describe.each(['cut', 'hung'] as const)('AWS (%s)', (name) => {
    it('fails no job: each continues afterwards, and makes its changes once', () => {
      expect(seen[name].unfinished).toEqual([true]);
      expect(seen[name].ended).toEqual(onceEach([`${name}-waits`, `${name}-creates`, `${name}-new`]));
      expect(seen[name].remains).toEqual([]);
    });

    it('is reported to callers that read stacks', () => {
      expect(seen[name].read).toEqual([503, true]);
    });
  });

  it('shows what jobs wait for while AWS is unavailable', () => {
    const throttled = ['waits', 'creates', 'new'].map((job) => `cut-${job} throttled`);
    expect([...seen.cut.reasons]).toEqual(expect.arrayContaining(throttled));
  });
});
