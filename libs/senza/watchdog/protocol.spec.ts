import { describe, expect, it } from '@jest/globals';
import { formatMessage, parseMessage, type WatchdogMessage } from './protocol.js';

describe('the messages of a worker to its watchdog', () => {
  it.each<[WatchdogMessage]>([
    [{ verb: 'guard', pgid: 4711, deadlineNs: 123_456_789_012_345_678n, directory: '/tmp/a directory' }],
    [{ verb: 'guard', pgid: 2, deadlineNs: 0n, directory: '' }],
    [{ verb: 'extend', pgid: 4711, deadlineNs: 5n }],
    [{ verb: 'release', pgid: 10 }],
  ])('is understood: %p', (message) => {
    expect(parseMessage(formatMessage(message).slice(0, -1))).toEqual(message);
  });

  it.each(['guard 0 5 ', 'guard 1 5 ', 'guard -1 5 ', 'release 1', 'release', 'guard 12', 'kill 12 5', ''])(
    'never names all processes, or the own group: %j',
    (line) => {
      expect(parseMessage(line)).toBeUndefined();
    },
  );
});
