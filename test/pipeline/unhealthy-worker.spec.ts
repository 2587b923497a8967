import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort, inProject, until, type Worker } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

const jobSchema = z.looseObject({
  status: z.string(),
  waiting_for: z.looseObject({ reason: z.string(), detail: z.string().optional() }).nullable(),
});

let lizzy: TestEnvironment;
let folder: string;
let withoutRuntime: Worker;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lizzy-senza-'));
  await symlink('/bin/false', join(folder, 'senza'));
  lizzy = await TestEnvironment.start({ apis: 1 });
});
afterAll(async () => {
  await lizzy.stop();
  await rm(folder, { recursive: true });
});

async function job(id: string): Promise<z.output<typeof jobSchema>> {
  return jobSchema.parse((await lizzy.call('GET', `/api/jobs/${id}`)).json);
}

async function condition(): Promise<unknown> {
  return (await lizzy.call('GET', '/api/status')).json;
}

describe('an unhealthy worker', () => {
  it('without Senza takes no jobs: they wait and report the reason, until Senza works', async () => {
    withoutRuntime = await lizzy.addWorker({ SENZA_COMMAND: join(folder, 'senza') });
    const id = await lizzy.deployByApi(bare('waits-for-senza'));
    await until('the job to name the reason', async () => {
      const { waiting_for: wait } = await job(id);
      return wait?.reason === 'no_worker_for' && wait.detail?.includes('Senza does not answer') === true;
    });
    expect((await lizzy.call('GET', '/health')).status).toBe(503);
    expect((await lizzy.call('GET', '/health/ready')).status).toBe(200);
    expect(await condition()).toMatchObject({ status: 'NOK', checks: { senza: { status: 'failing' } } });
    expect((await lizzy.call('GET', '/api/stacks')).json).toMatchObject({
      status: 504,
      detail: expect.stringMatching(/^No worker has responded: every worker is unhealthy: Senza does not answer: /),
    });

    await rm(join(folder, 'senza'));
    await symlink(inProject('.venv', 'bin', 'senza'), join(folder, 'senza'));
    await until('the job to succeed', async () => (await job(id)).status === 'succeeded');
    await until('the worker to report it', async () => (await lizzy.call('GET', '/health')).status === 200);
    expect(await condition()).toMatchObject({ status: 'OK', senza_version: '2.1.143' });
  });

  it('whose Senza crashes keeps a log that shows no directory of the worker and can be verified', async () => {
    // Without Lizzy's runtime Senza ends in a traceback: only when it is rendered is this seen to be no number.
    const cache = '{Type: "Senza::RedisCluster", NumberOfNodes: "{{SenzaInfo.StackName}}", SecurityGroups: []}';
    const id = await lizzy.deployByApi(`SenzaInfo: {StackName: crash}\nSenzaComponents: [Cache: ${cache}]\n`);
    await until('the job to fail', async () => (await job(id)).status === 'failed');
    const { log } = await job(id);
    const download = await lizzy.call('GET', `/api/jobs/${id}/log?limit=10000`, { headers: { accept: 'text/plain' } });

    expect(download.text).toContain('File "components/redis_cluster.py", line ');
    expect(download.text).not.toContain(inProject('.venv'));
    expect(log).toEqual({
      lines: download.text.split('\n').length - 1,
      sha256: createHash('sha256').update(download.text).digest('hex'),
    });
  });

  it('that cannot reach AWS takes jobs, which wait; the status says what is unreachable, and since when', async () => {
    // Healthy, and with the runtime: commands take a tenth of the time.
    await Promise.all([withoutRuntime.stop(), lizzy.addWorker()]);
    const worker = await lizzy.addWorker({ AWS_ENDPOINT_URL: 'http://aws.invalid' });
    expect(await condition()).toMatchObject({
      status: 'NOK',
      checks: {
        workers: { status: 'ok' },
        aws: { status: 'failing', detail: expect.stringContaining('aws.invalid'), since: expect.any(String) },
      },
    });
    expect((await lizzy.call('GET', '/health')).status).toBe(200);
    await worker.stop();
    expect(await condition()).toMatchObject({ status: 'OK' });
  });

  it('whose AWS credentials expire fails no job: they wait, and continue with new credentials', async () => {
    const message = 'The security token included in the request is expired';
    await lizzy.aws.control.addFault({ kind: 'error', code: 'ExpiredToken', status: 403, message, times: null });
    const ids: string[] = [];
    for (const stack of ['expired-1', 'expired-2', 'expired-3']) ids.push(await lizzy.deployByApi(bare(stack)));
    for (const id of ids) {
      await until('the job to name the reason', async () => {
        const { waiting_for: wait } = await job(id);
        return wait?.reason === 'no_worker_for' && wait.detail?.includes('is expired') === true;
      });
    }
    await lizzy.aws.control.clearFaults();
    for (const id of ids) {
      await until('the job to end', async () => ['succeeded', 'failed'].includes((await job(id)).status));
      expect(await job(id)).toMatchObject({ status: 'succeeded', error: null });
    }
  });

  it('without AWS credentials fails no job of a healthy worker beside it', async () => {
    await lizzy.addWorker({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
    expect(await condition()).toMatchObject({ status: 'NOK', checks: { aws: { status: 'failing' } } });
    const ids = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => await lizzy.deployByApi(bare(`beside-${index}`))),
    );
    for (const id of ids) {
      await until('the job to succeed', async () => (await job(id)).status === 'succeeded');
    }
  });

  it('whose Senza template cannot be started runs commands without it and counts them as cold', async () => {
    const python = join(folder, 'python');
    const script = `#!/bin/sh\ncase " $* " in *" serve "*) exit 1;; esac\nexec ${inProject('.venv', 'bin', 'python')} "$@"\n`;
    await writeFile(python, script, { mode: 0o755 });
    const port = await freePort();
    await lizzy.addWorker({ SENZA_PYTHON: python, METRICS_PORT: String(port), METRICS_HOST: '127.0.0.1' });
    // The health check asks Senza for its version.
    await until('a cold command', async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return /^lizzy_senza_commands_total\{.*command="version",outcome="succeeded",start="cold".*\} [1-9]/m.test(
        metrics,
      );
    });
  });
});
