import { PassThrough } from 'node:stream';
import { Logger, withLogFields } from '#telemetry';
import { describe, expect, it } from '@jest/globals';
import { QueueErrorLogger } from './queue-error-logger.js';

describe('errors of the queue', () => {
  it('are logged once a minute each, and not as part of a request', () => {
    const stream = new PassThrough({ encoding: 'utf8' });
    let now = 0;
    const errors = new QueueErrorLogger(Logger.create({ level: 'debug', format: 'default', stream }), () => now);
    withLogFields({ request_id: 'r1' }, () => {
      errors.log(new Error('Connection is closed.'));
      errors.log(new Error('Connection is closed.'));
      errors.log(new Error('NOPERM no permissions to run'));
    });
    now = 60_000;
    errors.log(new Error('Connection is closed.'));
    const text = String(stream.read());
    expect(text.match(/ (DEBUG|ERROR) [A-Z]\w+ \w+/g)).toEqual([
      ' DEBUG Waiting for',
      ' ERROR Redis denies',
      ' DEBUG Waiting for',
    ]);
    expect(text).not.toContain('request_id');
  });

  it.each([
    'could not renew lock for job 01KXAB',
    'Missing lock for job 01KXAB. moveToFinished',
    'Lock mismatch for job 01KXAB. Cmd moveToDelayed from active',
    'Job 01KXAB is not in the active state. moveToDelayed',
  ])('after an outage are one line a job, without a stack: %s', (message) => {
    const stream = new PassThrough({ encoding: 'utf8' });
    const errors = new QueueErrorLogger(Logger.create({ level: 'debug', format: 'default', stream }));
    errors.log(new Error(message));
    errors.log(new Error('Missing key for job 01KXAB. extendLock'));
    const lines = String(stream.read()).trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(
        / INFO The queue delivers a job again: its lock expired while Redis or this process did not respond job_id=01KXAB reason="Error: [^{]*"$/,
      ),
    ]);
  });
});
