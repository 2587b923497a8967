import { describe, expect, it } from '@jest/globals';
import { type JobView } from './job.dto.js';
import { retryAfterSeconds } from './retry-after.js';

const NOW = Date.parse('2026-11-22T18:00:00.000Z');
const since = '2026-11-22T17:59:00.000Z';
const inSeconds = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
const stack = { reason: 'cloudformation', since, stack: 'a-1', state: 'CREATE_IN_PROGRESS', progress: null } as const;

describe('Retry-After', () => {
  it.each<[string, JobView['waiting_for'], string | null, number]>([
    ['a command', null, null, 2],
    ['a command, whatever is expected', null, inSeconds(300), 2],
    ['the next free worker', { reason: 'worker', since, position: 1 }, null, 2],
    ['a worker, behind many others', { reason: 'worker', since, position: 40 }, null, 20],
    ['CloudFormation', stack, null, 5],
    ['CloudFormation, with a known duration', stack, inSeconds(40), 20],
    ['CloudFormation, for minutes', stack, inSeconds(600), 30],
    ['CloudFormation, longer than usual', stack, inSeconds(-10), 5],
    ['AWS, which throttles', { reason: 'throttled', since, detail: '', retry_at: inSeconds(12), retries: 3 }, null, 12],
    ['a healthy worker', { reason: 'no_worker_for', since, kind: 'deploy', detail: '' }, null, 15],
  ])('follows what the job waits for: %s', (_what, wait, expected, seconds) => {
    expect(retryAfterSeconds({ waiting_for: wait, expected_finish_at: expected }, NOW)).toBe(seconds);
  });
});
