import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

/** Kills itself, as the OOM killer would, as often as the folder has files named after its command. */
function mortalSenza(folder: string): string {
  const path = join(folder, 'senza');
  const script = [
    '#!/bin/sh',
    `for doom in "${folder}/$1".*; do`,
    '  test -e "$doom" && rm "$doom" && kill -KILL $$',
    'done',
    `exec "${inProject('.venv', 'bin', 'senza')}" "$@"`,
  ];
  writeFileSync(path, script.join('\n'), { mode: 0o755 });
  return path;
}

describe('a Senza that another process kills', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lizzy-mortal-senza-'));
  const crashPoints = (command: string, times: number): void => {
    for (let doom = 0; doom < times; doom += 1) writeFileSync(join(folder, `${command}.${doom}`), '');
  };
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({
      workers: 1,
      stackSeconds: 1,
      workerEnv: { SENZA_COMMAND: mortalSenza(folder) },
    });
  });
  afterAll(async () => {
    await rig.stop();
    rmSync(folder, { recursive: true });
  });

  it('once or twice fails no job: the command is repeated when it had no effect', async () => {
    crashPoints('create', 2);
    crashPoints('traffic', 1);
    const job = await rig.ended(await rig.deploy(weighted('mortal'), '1', { new_traffic: 100 }));

    expect(job.progress).toMatchObject({ status: 'succeeded', error: null });
    const killed = { succeeded: false, signal: 'SIGKILL' };
    expect(rig.step(job, 'create')?.journal).toMatchObject([killed, killed, { succeeded: true }]);
    expect(await rig.calls('CreateStack', 'mortal-1')).toBe(1);
    expect(await rig.calls('UpdateStack', 'mortal-1')).toBe(1);
  });

  it('three times in a row fails its job, which reports it and the current state', async () => {
    crashPoints('traffic', 3);
    const id = await rig.submit(
      'patch_stack',
      { new_traffic: 0, allow_traffic_loss: true },
      { stack: 'mortal', version: '1' },
    );
    const job = await rig.ended(id);

    expect(job.progress).toMatchObject({
      status: 'failed',
      error: { code: 'senza_failed', data: { signal: 'SIGKILL' } },
      result: { failed: { state_at_failure: { weights: { 'mortal-1': 100 }, weights_before: { 'mortal-1': 100 } } } },
    });
    expect(job.progress.error?.detail).toContain('ended with signal SIGKILL, like the 2 commands before it');
    expect(rig.step(job, 'traffic')?.journal).toHaveLength(3);
  });
});
