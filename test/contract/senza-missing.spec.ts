import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject, until } from '../../local/services/index.js';
import { WholeLizzy } from '../support/test-environment.js';

/** The API reads the workers' reports every second; a worker that is gone has said so. */
const KNOWN_MS = 10_000;

let lizzy: WholeLizzy;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lizzy-senza-'));
  await symlink('/bin/false', join(folder, 'senza'));
  lizzy = await WholeLizzy.start({ workers: 0, workerEnv: { SENZA_COMMAND: join(folder, 'senza') } });
});
afterAll(async () => {
  await lizzy.stop();
  await rm(folder, { recursive: true });
});

async function health(): Promise<[number, unknown]> {
  const { status } = await lizzy.call('GET', '/health');
  return [status, (await lizzy.call('GET', '/api/status')).json];
}

describe('a worker whose Senza fails', () => {
  it('is not well, though it lives, and is well with a Senza that answers', async () => {
    const broken = await lizzy.addWorker();
    await until(
      'the worker to be known',
      KNOWN_MS,
      async () => (await lizzy.call('GET', '/health/ready')).status === 200,
    );
    expect(await health()).toEqual([503, expect.objectContaining({ status: 'NOK' })]);

    // Senza is checked at a worker's start, and then every five minutes.
    await rm(join(folder, 'senza'));
    await symlink(inProject('.venv', 'bin', 'senza'), join(folder, 'senza'));
    expect(await health()).toEqual([503, expect.objectContaining({ status: 'NOK' })]);
    await lizzy.addWorker();
    expect(await health()).toEqual([503, expect.objectContaining({ status: 'NOK', senza_version: '2.1.143' })]);
    await broken.stop();
    expect(await health()).toEqual([200, expect.objectContaining({ status: 'OK', senza_version: '2.1.143' })]);
  });
});
