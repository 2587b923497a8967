import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, until } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

/** A fake Senza that answers --version, and hangs at any other command, with a child process. */
const FAKE_SENZA = `#!/bin/sh
if [ "$1" = --version ]; then echo "Senza 0.0.0"; exit 0; fi
trap '' TERM INT HUP
echo "hanging as $$" >&2
sh -c "trap '' TERM; while :; do sleep 1; done" &
while :; do sleep 1; done
`;
const TIMEOUT_SECONDS = 1;

describe('a Senza that hangs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lizzy-fake-senza-'));
  let rig: TestEnvironment;
  beforeAll(async () => {
    const fake = join(folder, 'fake-senza');
    writeFileSync(fake, FAKE_SENZA);
    chmodSync(fake, 0o755);
    rig = await TestEnvironment.start({
      workers: 1,
      stackSeconds: 1,
      workerEnv: { SENZA_COMMAND: fake, SENZA_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS) },
    });
  });
  afterAll(async () => {
    await rig.stop();
    rmSync(folder, { recursive: true });
  });

  it('is killed after its time limit, with all its children, and the log says so', async () => {
    const id = await rig.deploy(bare('hung'), 'v1');
    const { progress } = await rig.ended(id);

    expect(progress).toMatchObject({ status: 'failed', error: { code: 'senza_timed_out' } });
    expect(progress.error?.detail).toContain('took too long and was ended');
    const log = (await rig.log(id)).join('\n');
    expect(log).toContain('took too long and was ended');
    const group = Number(/hanging as (\d+)/.exec(log)?.[1]);
    await until('its process group to be gone', () => !isRunning(-group));
    expect(await rig.leakedKeys()).toEqual([]);
  });
});
