import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobRecord } from '#jobs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, inProject, programArguments } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';
import { prepare, releaseMixed, HELD_SECONDS, submitMixed } from './scenario.js';

const CLEAN = { code: 0, signal: null };
/** Less than the grace period of commands, and more than any machine takes to exit. */
const SOON_MS = 20_000;

describe('a worker that is asked to stop', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 1 });
  });
  afterAll(async () => {
    await rig.stop();
  });

  it('lets its commands finish, whatever the step, and another worker continues immediately', async () => {
    await prepare(rig, 'stop');
    const jobs = await submitMixed(rig, 'stop');
    const [first] = rig.workers;
    await rig.addWorker();
    const commands = await rig.senzas();
    const stopped = first?.stop();
    await releaseMixed(rig, 'stop');
    expect(await stopped).toEqual(CLEAN);
    expect((await rig.senzas()).filter((pid) => commands.includes(pid))).toEqual([]);
    const ended = await Promise.all(Object.values(jobs).map((id: string) => rig.ended(id)));

    for (const job of ended) expect(job).toMatchObject({ attempt: 1, progress: { status: 'succeeded', error: null } });
    for (const [id, step] of [
      [jobs.duringCreate, 'create'],
      [jobs.traffic, 'traffic'],
      [jobs.deletion, 'delete'],
    ] as const) {
      expect(rig.step(await rig.job(id), step)?.journal).toMatchObject([{ succeeded: true }]);
    }
    for (const stack of ['before', 'during', 'lost', 'waiting']) {
      expect(await rig.calls('CreateStack', `stop-${stack}-v1`)).toBe(1);
    }
    expect(await rig.leakedKeys()).toEqual([]);
    await Promise.all(rig.workers.map((worker) => worker.stop()));
  });

  it('stops its commands when the grace period is over, and another worker continues the job', async () => {
    const impatient = await rig.addWorker({ SHUTDOWN_GRACE_SECONDS: '1' });
    const stack = { action: 'CreateStack', stack: 'late-v1' };
    await rig.aws.control.addFault({ ...stack, kind: 'delay', seconds: HELD_SECONDS });
    const id = await rig.deploy(bare('late'), 'v1');
    await rig.aws.control.faultMet('CreateStack', 'late-v1');
    const stopped = impatient.stop();
    const other = await rig.addWorker();
    expect(await stopped).toEqual(CLEAN);

    // No second attempt: it was released.
    expect(await rig.ended(id)).toMatchObject({ attempt: 1, progress: { status: 'succeeded' } });
    expect(await rig.calls('CreateStack', 'late-v1')).toBe(1);
    await rig.filesRemoved();
    await other.stop();
  });

  /** A job whose command waits for AWS. */
  async function deploySlowly(name: string): Promise<string> {
    const stack = `${name}-v1`;
    await rig.aws.control.addFault({ kind: 'delay', action: 'CreateStack', stack, seconds: HELD_SECONDS });
    const id = await rig.deploy(bare(name), 'v1');
    await rig.aws.control.faultMet('CreateStack', stack);
    return id;
  }

  it('passes on that a command has failed: the other worker does not retry it', async () => {
    const worker = await rig.addWorker();
    const stack = 'refused-v1';
    await rig.aws.control.addFault({ kind: 'refuse', action: 'CreateStack', stack });
    const id = await rig.deploy(bare('refused'), 'v1');
    await rig.acting(id, 'create');
    // The observation after the command takes so long that the worker is asked to stop meanwhile.
    await rig.aws.control.addFault({ kind: 'delay', action: 'DescribeStacks', stack, seconds: 6 });
    const journal = (job: JobRecord): unknown => rig.step(job, 'create')?.journal[0]?.succeeded;
    await rig.when(id, 'the command to have failed', (job) => journal(job) === false);
    const stopped = worker.stop();
    const other = await rig.addWorker();
    expect(await stopped).toEqual(CLEAN);
    const job = await rig.ended(id);
    await other.stop();

    expect(job.progress).toMatchObject({ status: 'failed', error: { code: 'senza_failed' } });
    expect(rig.step(job, 'create')?.journal).toHaveLength(1);
    expect(await rig.calls('CreateStack', stack)).toBe(0);
  });

  it('exits soon although Redis is unavailable when nothing runs; a running command can finish first', async () => {
    const witness = await senzaWithWitness();
    const patient = await rig.addWorker({ WORKER_CONCURRENCY: '1', SENZA_COMMAND: witness.command });
    const id = await deploySlowly('patient');
    const impatient = await rig.addWorker({ WORKER_CONCURRENCY: '1', SHUTDOWN_GRACE_SECONDS: '1' });
    await deploySlowly('impatient');
    const idle = await rig.addWorker();
    await rig.stopSenzasAtEnd(id, 'patient-v1');
    await rig.valkey.kill();
    const stopped = [patient, impatient, idle].map((worker) => worker.child.stop('SIGTERM'));
    await rig.signalSenzas('SIGCONT');

    expect(await Promise.all(stopped)).toEqual([CLEAN, CLEAN, CLEAN]);
    expect(await rig.senzas()).toEqual([]);
    expect(await witness.ends()).toEqual(['0']);
    await rig.restartValkey();
    await rig.addWorker();
    const { items } = await rig.store.history.page({ limit: 2 });
    for (const { submission } of items) {
      expect((await rig.ended(submission.id)).progress.status).toBe('succeeded');
      expect(await rig.calls('CreateStack', `${submission.stack_name}-v1`)).toBe(1);
    }
    await rig.filesRemoved();
    await witness.remove();
  });

  it('exits immediately while it still waits for its first Redis', async () => {
    const worker = await Child.start({
      name: 'worker',
      command: process.execPath,
      args: programArguments('worker'),
      env: { REDIS_URL: 'redis://127.0.0.1:1' },
    });
    await worker.waitForLine(/Redis is unavailable/);

    expect(await worker.stop('SIGTERM', SOON_MS)).toEqual(CLEAN);
  });
});

/** The real Senza behind a script that records how each change has exited: nothing, when it was killed. */
async function senzaWithWitness(): Promise<{
  command: string;
  ends: () => Promise<string[]>;
  remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'lizzy-witness-'));
  const [command, ends] = [join(folder, 'senza'), join(folder, 'ends')];
  const senza = inProject('.venv', 'bin', 'senza');
  const script = `#!/bin/sh
${senza} "$@"
code=$?
[ "$1" = create ] && echo $code >> ${ends}
exit $code
`;
  await writeFile(command, script, { mode: 0o755 });
  return {
    command,
    ends: async () => (await readFile(ends, 'utf8')).trim().split('\n'),
    remove: () => rm(folder, { recursive: true }),
  };
}
