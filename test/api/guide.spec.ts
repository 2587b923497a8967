import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { inProject } from '../../local/services/index.js';
import { startApiTest } from '../support/api-test.js';
import { USER } from '../support/test-environment.js';
import { pageOf } from './deployment.js';

const { environment, api } = await startApiTest();
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lizzy-guide-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

describe('docs/api.md', () => {
  it('has commands that work, in their order', async () => {
    const guide = readFileSync(inProject('docs', 'api.md'), 'utf8');
    const commands = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text);
    expect(commands.length).toBeGreaterThan(5);
    const { exitCode, all } = await execa('bash', ['-euo', 'pipefail', '-c', commands.join('\n')], {
      cwd: directory,
      env: { LIZZY: api.url, TOKEN: environment.token, USER_ID: USER },
      reject: false,
      all: true,
      stdin: 'ignore',
    });
    expect([exitCode, exitCode === 0 ? '' : all]).toEqual([0, '']);
    const { items } = pageOf(await api.call('GET', '/api/jobs'));
    // The retry, Lizzy 2's creation and the two deployments; the first of them was cancelled.
    expect(items.map(({ kind, stack_version: version, status }) => `${kind} ${version} ${status}`)).toEqual([
      'create_stack v3 queued',
      'deploy v1 queued',
      'deploy v2 queued',
      'deploy v1 cancelled',
    ]);
  });
});
