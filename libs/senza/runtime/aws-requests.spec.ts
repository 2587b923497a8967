import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readAwsRequests } from './aws-requests.js';

const REQUEST = {
  service: 'route-53',
  operation: 'ListHostedZones',
  status: 400,
  error: 'Throttling',
  started_at: 1_700_000_000.5,
  seconds: 0.25,
};

describe('the requests to AWS that a command has reported', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lizzy-requests-'));
    file = join(folder, 'requests.json');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('are read with the names of AWS', async () => {
    await writeFile(file, JSON.stringify([REQUEST, { ...REQUEST, service: 'made-up', status: null, error: null }]));
    const [first, second] = await readAwsRequests(file);
    expect(first).toEqual({
      service: 'Route 53',
      operation: 'ListHostedZones',
      status: 400,
      error: 'Throttling',
      startedAt: 1_700_000_000_500,
      milliseconds: 250,
    });
    expect(second).toMatchObject({ service: 'other', status: null, error: null });
  });

  it.each([
    ['is not JSON', '[{'],
    ['is no list', '{}'],
    ['has an operation that is no name', JSON.stringify([{ ...REQUEST, operation: 'my-stack-1' }])],
    ['has a status that is no number', JSON.stringify([{ ...REQUEST, status: 'x' }])],
    ['has too many requests', JSON.stringify(Array.from({ length: 501 }, () => REQUEST))],
    ['is too large', JSON.stringify([REQUEST]).padEnd(300_000)],
  ])('are none when the report %s', async (_what, text) => {
    await writeFile(file, text);
    expect(await readAwsRequests(file)).toEqual([]);
  });

  it('are none without a report, and when it is no regular file', async () => {
    expect(await readAwsRequests(file)).toEqual([]);
    expect(await readAwsRequests(folder)).toEqual([]);
    await writeFile(file, JSON.stringify([REQUEST]));
    await symlink(file, join(folder, 'link'));
    expect(await readAwsRequests(join(folder, 'link'))).toEqual([]);
  });
});
