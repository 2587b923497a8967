import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CLIENT_MESSAGES, isRedisUnavailable } from './errors.js';

describe('isRedisUnavailable', () => {
  it.each([
    'LOADING Valkey is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    'CLUSTERDOWN The cluster is down',
    "OOM command not allowed when used memory > 'maxmemory'.",
    'MISCONF Valkey is configured to save RDB snapshots',
    'NOAUTH Authentication required.',
    "NOPERM User lizzy has no permissions to run the 'hset' command",
    "ERR ACL failure in script: User lizzy has no permissions to run the 'hset' command script: on @user_script:1.",
    'EXECABORT Transaction discarded because of previous errors.',
    'ERR max number of clients reached',
    'Connection is closed.',
    'Command timed out',
    "Stream isn't writeable and enableOfflineQueue options is false",
    'Reached the max retries per request limit (which is 0).',
  ])('is true for "%s"', (message) => {
    expect(isRedisUnavailable(new Error(message))).toBe(true);
  });

  it('knows the messages of the installed ioredis', () => {
    const folder = dirname(createRequire(import.meta.url).resolve('ioredis'));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    const sources = files.map((file) => readFileSync(join(folder, file), 'utf8'));
    const unknown = CLIENT_MESSAGES.filter((message) => !sources.some((source) => source.includes(message)));
    expect(unknown).toEqual([]);
  });

  it('is true for a socket error, and for an error that was caused by one', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    expect(isRedisUnavailable(refused)).toBe(true);
    expect(isRedisUnavailable(new Error('storing the job', { cause: refused }))).toBe(true);
  });

  it.each([
    new Error('WRONGTYPE Operation against a key holding the wrong kind of value'),
    new Error('ERR unknown command'),
    new TypeError('x is not a function'),
    'Connection is closed.',
  ])('is false for a defect: %p', (error) => {
    expect(isRedisUnavailable(error)).toBe(false);
  });
});
